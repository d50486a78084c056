package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// environment gives flags the values of HEADGATE_… variables. A flag on the command line
// goes before its variable, and an empty variable counts as none, as it is what is left
// of one where a template had no value.
//
// Serve's flags, flags of the same name elsewhere, and those for the form of the answer
// are HEADGATE_ and their name. All others have their command's name in between, so that what is meant for one command,
// such as a timeout, never reaches another.
type environment struct {
	used map[string]string // of the last command line: flag to variable
}

// name gives each flag its variable. The tags lose theirs: kong would read them by rules
// of its own.
func (e *environment) name(app *kong.Application) {
	e.used = map[string]string{}
	shared := map[string]bool{"output": true, "quiet": true}
	for _, f := range app.DefaultCmd.Flags {
		shared[f.Name] = true
	}
	nameFlags(app.Node, shared)
}

func nameFlags(node *kong.Node, shared map[string]bool) {
	for _, f := range node.Flags {
		switch {
		case slices.Contains(onlyByHand, f.Name):
			f.Envs = nil
		case len(f.Envs) == 0:
			f.Envs = []string{variable(node, f, shared)}
		}
		f.Tag.Envs = nil
	}
	for _, child := range node.Children {
		nameFlags(child, shared)
	}
}

// onlyByHand are flags that ask for something once. A confirmation that an environment
// gives is none.
var onlyByHand = []string{"help", "version", "yes", "force", "dry-run"}

func variable(node *kong.Node, f *kong.Flag, shared map[string]bool) string {
	name := f.Name
	if !shared[name] {
		for ; node.Parent != nil; node = node.Parent {
			name = node.Name + "-" + name
		}
	}
	return "HEADGATE_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
}

// resolve is a kong.ResolverFunc: it is asked for each flag of the command that the
// command line doesn't have.
func (e *environment) resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	for _, name := range f.Envs {
		if value := os.Getenv(name); value != "" {
			e.used[f.Name] = name
			return value, nil
		}
	}
	return nil, nil
}

// blame names the variable that gave a flag the value an error is about, or returns "".
func (e *environment) blame(err error) string {
	for flag, name := range e.used {
		if strings.Contains(err.Error(), "--"+flag) {
			return fmt.Sprintf("--%s is from %s=%q", flag, name, os.Getenv(name))
		}
	}
	return ""
}

// flagHelp is a flag's help with its default, where a placeholder is shown in its place,
// and its variable.
func flagHelp(v *kong.Value) string {
	help := v.Help
	if v.Flag != nil && v.Flag.PlaceHolder != "" && v.HasDefault {
		help += " Default: " + v.Default + "."
	}
	if v.Flag != nil && len(v.Flag.Envs) > 0 {
		help += " [$" + strings.Join(v.Flag.Envs, ", $") + "]"
	}
	return help
}
