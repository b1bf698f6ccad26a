# Completion of rnncalc's commands, options, files and names, for bash 4.4 and later.

_rnncalc_completion() {
    local line value place found
    local -a places=()
    COMPREPLY=()
    while IFS= read -r line; do
        value=${line#*,}
        value=${value%%$'\t'*}
        if [[ $line == file,* ]]; then
            places+=("$value")
        else
            COMPREPLY+=("$value")
            [[ $value == *[=:] ]] && compopt -o nospace
        fi
    done < <(_RNNCALC_COMPLETE=bash_complete COMP_WORDS="${COMP_LINE:0:COMP_POINT}" \
        COMP_CWORD="$2" "$1" 2>/dev/null)
    if [[ ${places[*]} == "" && ${#places[@]} -gt 0 && ${#COMPREPLY[@]} -eq 0 ]]; then
        compopt -o default # names of files, as without this script
        return
    fi
    for place in "${places[@]}"; do
        compopt -o filenames
        while IFS= read -r found; do
            [[ $place && -d $found ]] && found+=/ && compopt -o nospace
            COMPREPLY+=("$place$found")
        done < <(compgen -f -- "${2#"$place"}")
    done
}

complete -o nosort -F _rnncalc_completion rnncalc
