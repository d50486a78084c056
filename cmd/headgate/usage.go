package main

import (
	"errors"
	"strings"

	"github.com/alecthomas/kong"
)

// whereHelpIs says how a value is written, or names the command that was meant, or the
// help of the one that a command line got to.
func whereHelpIs(err error) string {
	const all = "headgate --help lists the commands, headgate serve --help the gateway's flags"
	parsed, ok := errors.AsType[*kong.ParseError](err)
	if !ok || parsed.Context == nil {
		return all
	}
	if strings.Contains(err.Error(), "not a valid duration") {
		return "want numbers with their units, such as 30s, 26h or 1d12h"
	}
	command := parsed.Context.Command()
	if command == "" || command == "serve" {
		if word, ok := strings.CutPrefix(err.Error(), "unexpected argument "); ok {
			if name := meant(parsed.Context.Model.Node, word); name != "" {
				return "did you mean headgate " + name + "?"
			}
		}
		return all
	}
	name, _, _ := strings.Cut(command, " <")
	return "headgate " + name + " --help shows how it is used"
}

// meant is the command that begins most like a word, or "".
func meant(app *kong.Node, word string) (name string) {
	most := 1 // a single letter says nothing
	for _, command := range app.Children {
		n := 0
		for n < min(len(word), len(command.Name)) && word[n] == command.Name[n] {
			n++
		}
		if n > most && !command.Hidden {
			most, name = n, command.Name
		}
	}
	return name
}
