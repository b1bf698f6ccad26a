#compdef rnncalc
# Completion of rnncalc's commands, options, files and names.

_rnncalc_completion() {
    local line kind value help
    local -a described plain open files
    for line in "${(@f)$(_RNNCALC_COMPLETE=zsh_complete COMP_WORDS="${words[1,CURRENT]}" \
        $words[1] 2>/dev/null)}"; do
        kind=${line%%,*} value=${${line#*,}%%$'\t'*} help=${line#*$'\t'}
        case $kind in
            file) files+=("$value") ;;
            plain)
                if [[ -n $help ]]; then
                    described+=("${value//:/\\:}:$help")
                elif [[ $value == *[=:,] ]]; then
                    open+=("$value")
                else
                    plain+=("$value")
                fi ;;
        esac
    done
    (( $#described )) && _describe -V rnncalc described
    (( $#plain )) && compadd -V rnncalc -a plain
    (( $#open )) && compadd -S '' -V rnncalc -a open
    if (( $#files )); then
        compset -P "${(b)files[1]}"
        _files
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _rnncalc_completion "$@" # a file of $fpath
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
    compdef _rnncalc_completion rnncalc
fi
