package top

import (
	"fmt"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/figure"
)

// group is all lines of the group that is looked into.
func (m *Model) group() []string {
	d := &m.detail
	now := m.o.Now()
	lines := []string{
		m.in(bold, d.Group.Labels.String()),
		fmt.Sprintf("%s  pushed %s  %d series in %d families, %s", strings.Join(d.Group.States(now), ", "),
			ago(d.Group.LastPush, now), d.Group.Series, d.Group.Families, figure.Size(float64(d.Group.Bytes))),
	}
	if !d.Group.LastFailure.IsZero() {
		lines = append(lines, "last failure "+ago(d.Group.LastFailure, now))
	}
	if d.Group.Expect > 0 {
		lines = append(lines, "a push is expected every "+figure.Span(d.Group.Expect.Duration()))
	}
	lines = append(lines, m.findings()...)
	lines = append(lines, m.pushers(now)...)
	return append(lines, m.families(now)...)
}

func (m *Model) findings() (lines []string) {
	for _, f := range m.detail.Findings {
		lines = append(lines, m.in(yellow, plain(f.Rule))+"  "+plain(f.Text()))
	}
	return titled(m.in(bold, "FINDINGS"), lines)
}

func (m *Model) pushers(now time.Time) (lines []string) {
	for _, p := range m.detail.Pushers {
		lines = append(lines, fmt.Sprintf("%8s  %-10s %q", figure.Count(float64(p.Pushes)), ago(p.LastPush, now), p.Name))
	}
	return titled(m.in(bold, "  PUSHES  PUSHED     PUSHER"), lines)
}

func (m *Model) families(now time.Time) (lines []string) {
	for _, f := range m.detail.Families {
		lines = append(lines, fmt.Sprintf("%8d  %-10s %-10s %s", f.Series, f.Type, ago(f.Pushed, now), plain(f.Name)))
	}
	return titled(m.in(bold, "  SERIES  TYPE       PUSHED     METRIC"), lines)
}

// titled puts an empty line and a title before lines, if there are any.
func titled(title string, lines []string) []string {
	if len(lines) == 0 {
		return nil
	}
	return append([]string{"", title}, lines...)
}

func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return figure.Span(now.Sub(t)) + " ago"
}
