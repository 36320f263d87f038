# Bash completion for boxlite-allownet. Installed as share/bash-completion/completions/boxlite-allownet;
# needs nothing but bash.

_boxlite_allownet() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} options='' first=2
    COMPREPLY=()

    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'run doctor explain resolve overlay selftest version help
            --help --version --selftest' -- "$word")
        return
    fi
    case $command in
    run)
        # The command that is run, behind the options, has completions of its own.
        while [ "$first" -lt "$COMP_CWORD" ]; do
            case ${COMP_WORDS[first]} in
            --) first=$((first + 1)); break ;;
            -*) first=$((first + 1)) ;;
            *) break ;;
            esac
        done
        if declare -F _command_offset >/dev/null && { [ "$first" -lt "$COMP_CWORD" ] ||
            [ "${word#-}" = "$word" ]; }; then
            _command_offset "$first"
            return
        fi
        if [ "$first" -lt "$COMP_CWORD" ]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
        fi
        options='--observe --help'
        [ "${word#-}" != "$word" ] || mapfile -t COMPREPLY < <(compgen -c -- "$word")
        ;;
    doctor) options='--json --help' ;;
    explain) options='--answers --query --json --help' ;;
    resolve) options='--config --json --help' ;;
    overlay) options='--shim --help' ;;
    version) options='--json --help' ;;
    selftest) options='--help' ;;
    help)
        mapfile -t COMPREPLY < <(compgen -W 'run doctor explain resolve overlay selftest version help' \
            -- "$word")
        return
        ;;
    *) return ;;
    esac
    case $word in
    -*)
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
        ;;
    esac
    case $command:$before in
    run:* | version:* | selftest:* | resolve:--json | explain:--query) ;;
    resolve:--config | explain:* | overlay:* | doctor:*)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    esac
}

complete -F _boxlite_allownet boxlite-allownet
