package main

import (
	"encoding/json"
	"io"
)

// output is how a command answers. Commands embed it for its flags.
type output struct {
	Format string `name:"output" short:"o" enum:"text,json" default:"text" help:"text or json."`
	Quiet  bool   `short:"q" help:"Say nothing on the standard output: the exit code tells."`
}

// print answers with v as JSON, or in the words of text, or not at all.
func (o output) print(w io.Writer, v any, text func(io.Writer) error) error {
	switch {
	case o.Quiet:
		return nil
	case o.Format == "json":
		return printJSON(w, v)
	}
	return text(w)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
