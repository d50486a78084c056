package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// manCmd prints the manual page. It is made of what --help shows.
type manCmd struct{}

// Help is shown below the usage.
func (manCmd) Help() string {
	return `Examples:
  headgate man | man -l -
  headgate man >/usr/local/share/man/man1/headgate.1`
}

// Run prints to the standard output.
func (manCmd) Run(k *kong.Context, s *streams) error {
	var p manPage
	p.write(k.Model)
	_, err := s.out.Write(p.Bytes())
	return err
}

// manPage is a page in the man macros of roff.
type manPage struct{ bytes.Buffer }

func (p *manPage) write(app *kong.Application) {
	fmt.Fprintf(p, ".TH HEADGATE 1 \"\" \"headgate %s\" \"User Commands\"\n.nh\n.ad l\n", roff(thisBuild().Version))
	fmt.Fprintf(p, ".SH NAME\nheadgate \\- a durable gateway for pushed Prometheus metrics\n")
	fmt.Fprintf(p, ".SH SYNOPSIS\n.B headgate\n.RI [ command ]\n.RI [ flags ]\n")
	fmt.Fprintf(p, ".SH DESCRIPTION\n%s\n.SH COMMANDS\n", sentences(app.Help))
	for _, command := range app.Leaves(true) {
		p.command(command)
	}
	p.WriteString(".SH FLAGS OF ALL COMMANDS\n")
	p.flags(app.Flags)
	p.WriteString(manEnd)
}

func (p *manPage) command(n *kong.Node) {
	fmt.Fprintf(p, ".SS %s\n%s\n", roff("headgate "+n.Summary()), sentences(n.Help))
	if n.Detail != "" {
		p.prose(n.Detail)
	}
	for _, arg := range n.Positional {
		fmt.Fprintf(p, ".TP\n.I %s\n%s\n", roff(arg.Summary()), sentences(arg.Help))
	}
	flags := n.Flags
	for up := n.Parent; up.Parent != nil; up = up.Parent {
		flags = append(flags[:len(flags):len(flags)], up.Flags...)
	}
	p.flags(flags)
}

func (p *manPage) flags(all []*kong.Flag) {
	for _, f := range all {
		if f.Hidden {
			continue
		}
		fmt.Fprintf(p, ".TP\n.B %s\n%s\n", roff(f.String()), sentences(flagHelp(f.Value)))
	}
}

// prose is a detailed help: paragraphs, and lines that begin with two spaces as they are.
func (p *manPage) prose(text string) {
	p.WriteString(".PP\n")
	verbatim := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		code := strings.HasPrefix(line, "  ")
		switch {
		case code && !verbatim:
			p.WriteString(".PP\n.RS 4\n.nf\n")
		case !code && verbatim:
			p.WriteString(".fi\n.RE\n.PP\n")
		}
		verbatim = code
		switch line = strings.TrimSpace(line); {
		case line != "":
			fmt.Fprintln(p, sentences(line))
		case !bytes.HasSuffix(p.Bytes(), []byte(".PP\n")):
			p.WriteString(".PP\n")
		}
	}
	if verbatim {
		p.WriteString(".fi\n.RE\n")
	}
}

// sentences begins each sentence on a line of its own, where roff knows it for one.
func sentences(prose string) string { return strings.ReplaceAll(roff(prose), ". ", ".\n") }

// roff escapes text for a line of its own or an argument of a macro.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "…", "...", "≤", `\(<=`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

// manEnd are the sections that are about all commands.
const manEnd = `.SH ENVIRONMENT
Every flag can be given by a variable, which its description names in brackets. The command line goes before it. An empty variable counts as none.
.TP
.B HEADGATE_URL
The gateway that commands talk to.
.TP
.B NO_COLOR
If it is set and not empty, nothing is coloured.
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Not done, or what was looked for was found: the standard error says what.
.TP
.B 2
The command line makes no sense; nothing was done.
.PP
What else a command exits with is in its description.
`
