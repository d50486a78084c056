package query

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// template is a parsed expression in which other things stand for Grafana's variables.
type template struct {
	expr parser.Expr
	vars []variable
}

// variable is one of Grafana's, outside of texts. Within them they are parsed as they are.
type variable struct {
	start, end int // in the expression as given
	text       string
	stand      string // what stands for it, as it is parsed
	printed    string // and as the parser writes it
	at         int    // where stand is in what is parsed
	kind       kind
}

// kind is what a variable can be in place of, in the order in which it is tried.
type kind int

const (
	duration kind = iota
	name
	number
	matcher
	unknown
)

// variables are $name, ${name}, ${name:format}, ${name.field} and [[name]].
var variables = regexp.MustCompile(`\$\w+|\$\{\w+(?:\.[^}:]*)?(?::[^}]*)?\}|\[\[\w+(?::\w+)?\]\]`)

var unitAfter = regexp.MustCompile(`^(?:ms|[smhdwy])\b`)

// What nobody writes by hand isn't parsed.
const (
	mostBytes = 128 << 10 // of an expression
	mostTries = 64        // at finding out what variables stand for
)

// parse tries what the variables may stand for, one after the other, where the parser
// can't go on.
func parse(expr string) (*template, error) {
	if len(expr) > mostBytes {
		return nil, fmt.Errorf("it has %d bytes: want at most %d", len(expr), mostBytes)
	}
	t := &template{vars: find(expr)}
	p := parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true})
	var first error
	for tries := 0; ; tries++ {
		text := t.fill(expr)
		parsed, err := p.ParseExpr(text)
		if err == nil {
			t.expr = parsed
			return t, nil
		}
		if first == nil {
			first = err
		}
		if tries == mostTries || !t.other(err) {
			return nil, message(first, t)
		}
	}
}

// message leaves out the place, which is one in another text than the reader's.
func message(err error, t *template) error {
	text := err.Error()
	if all, ok := errors.AsType[parser.ParseErrors](err); ok && len(all) > 0 {
		text = all[0].Err.Error()
	}
	for i := range t.vars { // as they stood at first
		text = strings.ReplaceAll(text, standName(i), t.vars[i].text)
	}
	return errors.New(t.restore(text))
}

// find returns the variables outside of texts.
func find(expr string) []variable {
	var found []variable
	depth := 0 // of [ ]
	for i := 0; i < len(expr); {
		switch c := expr[i]; c {
		case '"', '\'', '`':
			i = textEnd(expr, i)
			continue
		case '$', '[':
			at := variables.FindStringIndex(expr[i:])
			if at == nil || at[0] != 0 {
				break
			}
			v := variable{start: i, end: i + at[1], kind: name}
			if depth > 0 || afterOffset(expr[:i]) {
				v.kind = duration
				v.end += len(unitAfter.FindString(expr[v.end:])) // ${__range_s}s
			}
			v.text = expr[v.start:v.end]
			found = append(found, v)
			i = v.end
			continue
		}
		switch expr[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
		i++
	}
	return found
}

// textEnd returns where the text ends that begins at i.
func textEnd(expr string, i int) int {
	quote := expr[i]
	for j := i + 1; j < len(expr); j++ {
		switch {
		case expr[j] == '\\' && quote != '`':
			j++
		case expr[j] == quote:
			return j + 1
		}
	}
	return len(expr)
}

func afterOffset(before string) bool {
	words := strings.Fields(before)
	return len(words) > 0 && strings.EqualFold(words[len(words)-1], "offset")
}

// fill writes the expression with what stands for the variables.
func (t *template) fill(expr string) string {
	var b strings.Builder
	from := 0
	for i := range t.vars {
		v := &t.vars[i]
		v.standFor(i)
		b.WriteString(expr[from:v.start])
		v.at = b.Len()
		b.WriteString(v.stand)
		from = v.end
	}
	b.WriteString(expr[from:])
	return b.String()
}

// standFor chooses what nobody writes himself.
func (v *variable) standFor(i int) {
	switch v.kind {
	case duration:
		v.stand = model.Duration(time.Duration(77_770_001+i) * time.Second).String()
	case name:
		v.stand = standName(i)
	case number:
		v.stand = fmt.Sprint(770_001 + i)
	case matcher:
		v.stand = standName(i) + `="x"`
	}
	v.printed = v.stand
}

const standPrefix = "headgate_var_"

func standName(i int) string { return fmt.Sprintf("%s%d_", standPrefix, i) }

// other lets the variable where err is stand for something else, false if nothing is left.
func (t *template) other(err error) bool {
	if len(t.vars) == 0 {
		return false
	}
	at := 0
	if all, ok := errors.AsType[parser.ParseErrors](err); ok && len(all) > 0 {
		at = int(all[0].PositionRange.End)
	}
	next := 0
	for i := range t.vars {
		if t.vars[i].at < max(at, 1) && t.vars[i].kind < unknown {
			next = i
		}
	}
	v := &t.vars[next]
	if v.kind++; v.kind < unknown {
		return true
	}
	return false
}

// restore puts the variables back.
func (t *template) restore(text string) string {
	for i := len(t.vars) - 1; i >= 0; i-- {
		text = strings.ReplaceAll(text, t.vars[i].printed, t.vars[i].text)
	}
	return text
}

// variable is whether a label is one that the reader of a dashboard chooses.
func (t *template) variable(label string) bool { return strings.Contains(label, standPrefix) }
