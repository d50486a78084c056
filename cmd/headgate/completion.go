package main

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd prints what a shell needs to complete command lines.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown below the usage.
func (completionCmd) Help() string {
	return `Examples:
  headgate completion bash >/etc/bash_completion.d/headgate
  source <(headgate completion bash)
  headgate completion zsh >"${fpath[1]}/_headgate"
  headgate completion fish >~/.config/fish/completions/headgate.fish`
}

// The scripts ask the binary that they complete, so they suit every version of it.
//
//go:embed completion
var completionScripts embed.FS

// Run prints the script.
func (c *completionCmd) Run(s *streams) error {
	script, err := completionScripts.ReadFile("completion/headgate." + c.Shell)
	if err == nil {
		_, err = s.out.Write(script)
	}
	return err
}

// completeCmd is what the scripts ask: what may stand where the last word does.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The command line without the command, as far as the cursor."`
}

// Run prints a candidate a line, with its help behind a tab. None at all stands for the
// shell's own completion, of file names.
func (c *completeCmd) Run(k *kong.Context, s *streams) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, w := range complete(k.Model.Node, joined(words)) {
		if _, err := fmt.Fprintf(s.out, "%s\t%s\n", w.text, w.help); err != nil {
			return err
		}
	}
	return nil
}

// joined puts together what bash takes apart: "--output", "=" and "json" are one word.
func joined(words []string) (all []string) {
	for i, w := range words {
		last := len(all) - 1
		switch {
		case last >= 0 && strings.HasPrefix(all[last], "--") && w == "=" && !strings.Contains(all[last], "="),
			i > 0 && words[i-1] == "=" && strings.HasSuffix(all[last], "="):
			all[last] += w
		default:
			all = append(all, w)
		}
	}
	return all
}

// candidate is a word that may stand somewhere.
type candidate struct{ text, help string }

// complete finds what may stand in place of the last word.
func complete(node *kong.Node, words []string) []candidate {
	last := ""
	if n := len(words); n > 0 {
		words, last = words[:n-1], words[n-1]
	}
	if slices.Contains(words, "--") {
		return nil // what follows is another command's
	}
	node, pending := reached(node, words)
	name, value, hasValue := strings.Cut(last, "=")
	switch {
	case pending != nil:
		return matching(valuesOf(pending.Value), last)
	case hasValue && strings.HasPrefix(name, "-"):
		return assigned(node, name, value)
	case strings.HasPrefix(last, "-"):
		return matching(flagCandidates(node), last)
	}
	return matching(wordCandidates(node), last)
}

// reached is the command that words get to, and the flag whose value comes next, if any.
func reached(node *kong.Node, words []string) (_ *kong.Node, pending *kong.Flag) {
	for _, w := range words {
		switch {
		case pending != nil:
			pending = nil
		case strings.HasPrefix(w, "-"):
			pending = awaits(node, w)
		default:
			if child := childOf(node, w); child != nil {
				node = child
			}
		}
	}
	return node, pending
}

// assigned completes a word of the form --flag=value.
func assigned(node *kong.Node, name, value string) []candidate {
	f := flagOf(node, name)
	if f == nil {
		return nil
	}
	all := matching(valuesOf(f.Value), value)
	for i := range all {
		all[i].text = name + "=" + all[i].text
	}
	return all
}

func matching(all []candidate, prefix string) []candidate {
	return slices.DeleteFunc(all, func(c candidate) bool { return !strings.HasPrefix(c.text, prefix) })
}

func childOf(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name || slices.Contains(child.Aliases, name) {
			return child
		}
	}
	return nil
}
