package main

import (
	"os"

	"github.com/charmbracelet/x/term"
)

// isTerminal is whether a stream is one. A device such as /dev/null is none.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}
