package main

import (
	"fmt"
	"io"
)

// progress is a line on a terminal that says what takes so long. The zero value says nothing.
type progress struct {
	out io.Writer
	on  bool // the output is a terminal
}

// progressOn says something on a terminal, unless nothing is to be said.
func progressOn(out io.Writer, quiet bool) *progress {
	return &progress{out: out, on: !quiet && isLive(out)}
}

// say takes the place of what was said before.
func (p *progress) say(format string, args ...any) {
	if p.on {
		fmt.Fprintf(p.out, "\r\x1b[K"+format+" …", args...)
	}
}

// done leaves the line empty.
func (p *progress) done() {
	if p.on {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
