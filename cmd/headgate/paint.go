package main

import (
	"io"
	"os"
)

// paint is whether output is coloured.
type paint bool

// paints is so for terminals that know colours, unless NO_COLOR is set.
func paints(out io.Writer) paint {
	return paint(isLive(out) && os.Getenv("NO_COLOR") == "")
}

// isLive tells whether out is a terminal that can be written over.
func isLive(out io.Writer) bool { return isTerminal(out) && os.Getenv("TERM") != "dumb" }

// The colours, as SGR parameters.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p paint) in(colour, text string) string {
	if !p || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
