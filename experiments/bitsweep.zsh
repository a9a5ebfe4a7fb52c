#compdef bitsweep
# Completion of bitsweep for zsh. Commands, options and names are asked from the program itself.
_bitsweep()
{
    local line
    local -a names docs
    for line in "${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        # Of --name=PATH the path is completed.
        [[ $line == :* && $PREFIX == --*=* ]] && compset -P 1 '*='
        case $line in
        :file) _files ;;
        :dir) _files -/ ;;
        ?*)
            names+=("${line%%$'\t'*}")
            docs+=("${line/$'\t'/  -- }")
            ;;
        esac
    done
    if (( $#names )); then
        compadd -l -d docs -a names
    fi
}
_bitsweep "$@"
