# Completion of headgate for bash.
_headgate() {
    local line word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
    COMPREPLY=()
    while IFS= read -r line; do
        line="${line%%$'\t'*}"
        # Bash takes --flag=value apart and completes the value alone.
        if [[ $word == "=" || $before == "=" ]]; then
            line="${line#*=}"
        fi
        COMPREPLY+=("$line")
    done < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _headgate headgate
