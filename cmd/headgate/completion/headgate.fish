# Completion of headgate for fish.
function __headgate_complete
    set -l words (commandline -opc)
    $words[1] complete -- $words[2..] (commandline -ct) 2>/dev/null
end
complete -c headgate -n 'test (count (__headgate_complete)) -gt 0' -f -a '(__headgate_complete)'
