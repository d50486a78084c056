package top

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/headgate/headgate/internal/client"
	"github.com/headgate/headgate/internal/figure"
)

// column is one of the table's.
type column struct {
	title string
	width int // 0: what the others leave
	from  int // how wide the terminal has to be to have it
	text  func(*Model, *client.Group) string
}

var columns = []column{
	{"GROUP", 0, 0, func(_ *Model, g *client.Group) string { return g.Labels.String() }},
	{"PUSHES/MIN", 10, 100, func(m *Model, g *client.Group) string { return m.rate(g) }},
	{"SERIES", 7, 60, func(_ *Model, g *client.Group) string { return strconv.Itoa(g.Series) }},
	{"SIZE", 8, 80, func(_ *Model, g *client.Group) string { return figure.Size(float64(g.Bytes)) }},
	{"PUSHED", 7, 0, func(m *Model, g *client.Group) string { return figure.Span(g.Age(m.o.Now())) }},
}

// stateWidth is how much of a line the last column gets, which is aligned to the left.
func (m *Model) stateWidth() int { return max(7, min(40, m.width/4)) }

// table is the groups, from the first in sight, below the titles.
func (m *Model) table() []string {
	if m.answer.at.IsZero() {
		return []string{m.in(dim, "asking …")}
	}
	title := func(c *column) string { return c.title }
	lines := []string{m.in(bold, m.row("  ", title, "STATE, by "+m.answer.order))}
	groups := m.answer.list.Groups
	if len(groups) == 0 {
		none := "no groups"
		if m.words != "" {
			none += " with " + strconv.Quote(m.words) + " in their keys"
		}
		return append(lines, m.in(dim, "  "+none))
	}
	for i := m.first; i < len(groups) && len(lines) <= m.rows(); i++ {
		lines = append(lines, m.line(i))
	}
	return lines
}

func (m *Model) line(i int) string {
	g := &m.answer.list.Groups[i]
	mark := "  "
	if i == m.cursor {
		mark = "> "
	}
	text := m.row(mark, func(c *column) string { return c.text(m, g) }, strings.Join(g.States(m.o.Now()), ", "))
	switch {
	case i == m.cursor:
		return m.in(reverse, text)
	case !g.LastPushSuccessful:
		return m.in(red, text)
	case g.Overdue:
		return m.in(yellow, text)
	}
	return text
}

// row is a line of cells. The first is cut where there is no room for it.
func (m *Model) row(mark string, cell func(*column) string, state string) string {
	rest := m.width - 2 - 2 - m.stateWidth()
	var right strings.Builder
	for i := range columns {
		if c := &columns[i]; c.width > 0 && m.width >= c.from {
			rest -= c.width + 2
			fmt.Fprintf(&right, "  %*s", c.width, cell(c))
		}
	}
	first := ansi.Truncate(cell(&columns[0]), max(rest, 1), "…")
	pad := strings.Repeat(" ", max(0, rest-ansi.StringWidth(first)))
	return mark + first + pad + right.String() + "  " + ansi.Truncate(state, m.stateWidth(), "…")
}

// rate is how often a group was pushed to in a minute, as far as could be seen.
func (m *Model) rate(g *client.Group) string {
	rate, atLeast, known := m.rates.perMinute(g.Labels.String())
	switch {
	case !known:
		return "–"
	case atLeast:
		return "≥" + figure.Count(rate)
	}
	return figure.Count(rate)
}
