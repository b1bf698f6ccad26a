# Completion of rnncalc's commands, options, files and names, for fish 3.0 and later.

function __rnncalc_complete
    set -l program (commandline -opc)[1]
    set -lx _RNNCALC_COMPLETE fish_complete
    set -lx COMP_WORDS (commandline -cp | string collect)
    for line in ($program 2>/dev/null)
        set -l parts (string split -m 1 , -- $line)
        if test $parts[1] = file
            set -l before (string trim -- $parts[2])
            set -l start (math 1 + (string length -- "$before"))
            set -l typed (string sub -s $start -- (commandline -ct))
            printf '%s\n' "$before"(complete -C "'' $typed")
        else
            printf '%s\n' $parts[2]
        end
    end
end

complete --command rnncalc --no-files --arguments '(__rnncalc_complete)'
