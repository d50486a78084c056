package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// flagsOf are the flags that may stand behind a command: its own, those of the commands
// before it, and serve's where no command stands.
func flagsOf(node *kong.Node) (all []*kong.Flag) {
	if node.DefaultCmd != nil {
		all = append(all, node.DefaultCmd.Flags...)
	}
	for ; node != nil; node = node.Parent {
		all = append(all, node.Flags...)
	}
	return all
}

// flagOf finds a flag by how it is written, such as --output or -o, or returns nil.
func flagOf(node *kong.Node, written string) *kong.Flag {
	for _, f := range flagsOf(node) {
		if written == "--"+f.Name || f.Short != 0 && written == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

// awaits is the flag that takes the next word as its value, or nil.
func awaits(node *kong.Node, written string) *kong.Flag {
	f := flagOf(node, written) // not found if there is a = in it
	if f == nil || f.IsBool() || f.IsCounter() {
		return nil
	}
	return f
}

// valuesOf are the values of an enumeration.
func valuesOf(v *kong.Value) (all []candidate) {
	if v.Enum == "" {
		return nil
	}
	for _, text := range v.EnumSlice() {
		all = append(all, candidate{text: text})
	}
	return all
}

func flagCandidates(node *kong.Node) (all []candidate) {
	for _, f := range flagsOf(node) {
		if !f.Hidden {
			all = append(all, candidate{"--" + f.Name, firstSentence(f.Help)})
		}
		if f.Tag.Negatable != "" {
			all = append(all, candidate{"--no-" + f.Name, ""})
		}
	}
	return all
}

// wordCandidates are commands, or what an argument may be.
func wordCandidates(node *kong.Node) (all []candidate) {
	for _, child := range node.Children {
		if !child.Hidden {
			all = append(all, candidate{child.Name, firstSentence(child.Help)})
		}
	}
	for _, arg := range node.Positional {
		all = append(all, valuesOf(arg)...)
	}
	return all
}

func firstSentence(help string) string {
	first, _, _ := strings.Cut(help, ". ")
	return strings.TrimSuffix(first, ".")
}
