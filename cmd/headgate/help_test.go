package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Each command has an example in its help, and ends its sentences.
func TestCommandsHaveExamples(t *testing.T) {
	parser := kong.Must(&cli{}, kong.Vars{"version": ""})
	for _, command := range parser.Model.Leaves(true) {
		detail := ""
		for n := command; n != nil; n = n.Parent {
			detail += n.Detail
		}
		if !strings.Contains(detail, ":\n  headgate ") {
			t.Errorf("%s --help has no example", command.FullPath())
		}
		if !strings.HasSuffix(command.Help, ".") {
			t.Errorf("%s: %q: want a full stop", command.FullPath(), command.Help)
		}
	}
}
