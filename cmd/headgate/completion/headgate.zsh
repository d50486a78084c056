#compdef headgate
# Completion of headgate for zsh.
_headgate() {
    local -a lines
    lines=(${(f)"$(${words[1]} complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( ${#lines} )); then
        lines=("${(@)lines//:/\\:}")
        lines=("${(@)lines/$'\t'/:}")
        _describe headgate lines
    else
        _files
    fi
}
if [[ ${funcstack[1]} == _headgate ]]; then
    _headgate "$@"
else
    compdef _headgate headgate
fi
