# Completion of bitsweep for bash. Commands, options and names are asked from the program itself.
_bitsweep()
{
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} != -* ]]; then
            command=${COMP_WORDS[i]}
            break
        fi
    done
    local list=''
    if [[ -z $command ]]; then
        list=$("$program" help 2>/dev/null | awk '{print $1}')
        [[ $word == -* ]] && list='--help --usage --version'
    elif [[ $previous == --format || $previous == -f ]]; then
        list='table json jsonl csv md tsv'
    elif [[ $command == cost && ($previous == --model || $previous == -c) ]]; then
        list="all $("$program" costs --format tsv 2>/dev/null | tail -n +2 | cut -f1)"
    elif [[ $word == -* ]]; then
        list=$("$program" "$command" --help 2>/dev/null | grep -oE '^ +(-., )? *--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+')
    else
        case $command in
        help) list=$("$program" help 2>/dev/null | awk '{print $1}') ;;
        formats | schemes | metrics | transforms | methods | costs | figures | units)
            list=$("$program" "$command" --format tsv 2>/dev/null | tail -n +2 | cut -f1)
            ;;
        products)
            [[ $previous == "$command" ]] || command=formats
            list=$("$program" "$command" --format tsv 2>/dev/null | tail -n +2 | cut -f1)
            ;;
        plot) list="all $("$program" figures --format tsv 2>/dev/null | awk -F'\t' '$4 == "database" {print $1}')" ;;
        cost | quantize | explain | diff | vectors | rtl)
            [[ $previous == "$command" || $command == cost ]] && list=$(
                for i in formats schemes; do "$program" "$i" --format tsv 2>/dev/null | tail -n +2 | cut -f1; done
            )
            ;;
        mma)
            case $previous in
            "$command") list=$("$program" units --format tsv 2>/dev/null | tail -n +2 | cut -f1) ;;
            --a-format | --b-format | --scale-format) list=$("$program" formats --format tsv 2>/dev/null | tail -n +2 | cut -f1) ;;
            esac
            ;;
        selftest | bench | sensitivity) return ;; # options alone
        query | export) list=$("$program" query --format tsv 2>/dev/null | tail -n +2 | cut -f1) ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word")
    if [[ ${#COMPREPLY[@]} -eq 0 && $word != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _bitsweep bitsweep
