package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// trialPrinter writes what became of label sets, for people.
type trialPrinter struct {
	out io.Writer
	paint
}

func (p *trialPrinter) print(all []trialResult, quiet bool) {
	width := 0
	for i := range all {
		for _, s := range all[i].Steps {
			width = max(width, min(utf8.RuneCountInString(s.Text), widestRule))
		}
	}
	for i := range all {
		r := &all[i]
		if quiet {
			fmt.Fprintln(p.out, p.result(r))
			continue
		}
		if i > 0 {
			fmt.Fprintln(p.out)
		}
		title := seriesText(r.input)
		if r.Grouping {
			title = "grouping key " + title
		}
		fmt.Fprintln(p.out, p.in(bold, title))
		for _, s := range r.Steps {
			p.step(&s, width)
		}
		fmt.Fprintf(p.out, "  => %s\n", p.result(r))
	}
}

// widestRule is where the second column begins at the latest.
const widestRule = 48

func (p *trialPrinter) step(s *trialStep, width int) {
	number := "  "
	if s.Rule > 0 {
		number = fmt.Sprintf("%2d", s.Rule)
	}
	lines := p.effects(s)
	pad := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s.Text)))
	fmt.Fprintf(p.out, "  %s  %s%s  %s\n", number, s.Text, pad, lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(p.out, "      %*s  %s\n", width, "", line)
	}
}

// effects are what a step did, a line for each; at least one.
func (p *trialPrinter) effects(s *trialStep) (lines []string) {
	if s.Dropped {
		return []string{p.in(red, "dropped")}
	}
	for _, c := range s.Changes {
		switch {
		case c.From == "":
			lines = append(lines, p.in(green, fmt.Sprintf("+ %s=%q", c.Label, c.To)))
		case c.To == "":
			lines = append(lines, p.in(red, fmt.Sprintf("- %s=%q", c.Label, c.From)))
		default:
			lines = append(lines, p.in(yellow, fmt.Sprintf("~ %s=%q -> %q", c.Label, c.From, c.To)))
		}
	}
	for _, f := range s.Findings {
		colours := map[string]string{"warned": yellow, "refused": red}
		lines = append(lines, p.in(colours[f.Action], f.Action+": "+f.Message))
	}
	if len(lines) == 0 {
		return []string{p.in(dim, "no change")}
	}
	return lines
}

func (p *trialPrinter) result(r *trialResult) string {
	switch {
	case r.Refused != "":
		return p.in(red, "the push is refused: "+r.Refused)
	case r.Result == nil:
		return p.in(red, "dropped")
	}
	return p.in(bold, seriesText(r.result))
}
