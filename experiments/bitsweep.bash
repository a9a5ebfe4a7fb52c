# Completion of bitsweep for bash. Commands, options and names are asked from the program itself.
_bitsweep()
{
    local words=() word='' before='' i line list=''
    # Words that bash parts at = and : are one.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        if [[ ${#words[@]} -gt 0 && ( ${COMP_WORDS[i]} == [=:]* || $before == *[=:] ) ]]; then
            words[${#words[@]} - 1]+=${COMP_WORDS[i]}
        else
            words+=("${COMP_WORDS[i]}")
        fi
        before=${COMP_WORDS[i]}
    done
    word=${words[${#words[@]} - 1]}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        :file | :dir) list=$line ;;
        *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
    # What bash has parted off stays on the line.
    local kept=${word%"${word##*[=:]}"}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    word=${word#"$kept"}
    if [[ -n $list ]]; then
        local kind=-f
        [[ $list == :dir ]] && kind=-d
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$kind" -- "$word")
        compopt -o filenames 2>/dev/null
    fi
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _bitsweep bitsweep
