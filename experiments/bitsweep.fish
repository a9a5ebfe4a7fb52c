# Completion of bitsweep for fish. Commands, options and names are asked from the program itself.
function __bitsweep_complete
    set -l words (commandline -opc) (commandline -ct)
    # Of --name=PATH the path is completed.
    set -l kept (string match -r -- '^--[^=]*=' $words[-1])
    set -l path (string replace -r -- '^--[^=]*=' '' $words[-1])
    for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case :file
                __fish_complete_path $path | string replace -r -- '^' "$kept"
            case :dir
                __fish_complete_directories $path | string replace -r -- '^' "$kept"
            case '*'
                echo $line
        end
    end
end
complete -c bitsweep -f -a '(__bitsweep_complete)'
