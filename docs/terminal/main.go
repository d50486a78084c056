// Command terminal draws what a terminal shows as an SVG picture, for the README: it reads
// a program's output with its colours and writes the picture of the last screen.
//
//	script -qec 'headgate demo --for 12s' /dev/null | go run ./docs/terminal >docs/demo.svg
package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "terminal:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return draw(out, lastScreen(string(text)))
}

// lastScreen is what is behind the last erasure of the screen, by lines.
func lastScreen(text string) []string {
	text = text[max(0, strings.LastIndex(text, "\x1b[J")):]
	text = strings.ReplaceAll(text, "\r", "")
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// Sizes in pixels: those of a character, and the margin.
const (
	charWidth  = 7.8
	lineHeight = 18
	margin     = 16
)

// styles are how the SGR parameters that headgate uses look on a dark ground.
var styles = map[string]string{
	"1": `font-weight="bold" fill="#fff"`, "2": `fill="#8a919c"`, "31": `fill="#ff7b72"`, "32": `fill="#7ee787"`, "33": `fill="#e3b341"`,
}

func draw(out io.Writer, lines []string) error {
	var text bytes.Buffer
	columns := 0
	for i, line := range lines {
		fmt.Fprintf(&text, `<text x="%d" y="%d">`, margin, margin+(i+1)*lineHeight-5)
		columns = max(columns, drawLine(&text, line))
		text.WriteString("</text>\n")
	}
	width, height := int(float64(columns)*charWidth)+2*margin, len(lines)*lineHeight+2*margin
	_, err := fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">
<rect width="100%%" height="100%%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#c9d1d9">
%s</g>
</svg>
`, width, height, &text)
	return err
}

// escape is a control sequence: its parameters, and what it does; only m, which sets the
// style, is drawn.
var escape = regexp.MustCompile("\x1b\\[([0-9;?]*)([A-Za-z])")

// drawLine returns how many columns the line takes.
func drawLine(out *bytes.Buffer, line string) (columns int) {
	style := ""
	for line != "" {
		plain, rest, after := line, "", ""
		if at := escape.FindStringSubmatchIndex(line); at != nil {
			plain, rest = line[:at[0]], line[at[1]:]
			after = style
			if line[at[4]:at[5]] == "m" {
				after = styles[line[at[2]:at[3]]]
			}
		}
		if plain != "" {
			// The length keeps columns in line whatever font there is.
			n := utf8.RuneCountInString(plain)
			fmt.Fprintf(out, `<tspan x="%.1f" textLength="%.1f" %s>`, margin+float64(columns)*charWidth, float64(n)*charWidth, style)
			// Spaces that no renderer collapses. A buffer takes all.
			_ = xml.EscapeText(out, []byte(strings.ReplaceAll(plain, " ", "\u00a0")))
			out.WriteString("</tspan>")
			columns += n
		}
		style, line = after, rest
	}
	return columns
}
