package top

import (
	"fmt"

	"github.com/headgate/headgate/internal/figure"
)

// header is what the gateway tells of itself.
func (m *Model) header() []string {
	lines := []string{m.in(bold, "headgate top") + "  " + plain(m.o.Name) + "  " + m.o.Now().Format("15:04:05")}
	if m.err != nil {
		since := figure.Span(m.o.Now().Sub(m.since))
		lines = append(lines, m.in(boldRed, fmt.Sprintf("gone for %s, trying again: %s", since, plain(m.err.Error()))))
	}
	if m.answer.at.IsZero() {
		return append(lines, "")
	}
	lines = append(lines, m.flow(m.groupFigures())...)
	f := m.answer.figures
	if f == nil {
		return append(lines, m.in(dim, "the gateway's metrics can't be had at /metrics"), "")
	}
	if m.height < 16 {
		return append(lines, "") // the groups need the room
	}
	lines = append(lines, m.flow(m.pushFigures(f))...)
	lines = append(lines, m.flow(append(m.journalFigures(f), m.scrapeFigures(f)...))...)
	return append(append(lines, m.flow(m.limitFigures(f))...), "")
}

func (m *Model) groupFigures() []string {
	l := &m.answer.list
	items := []string{"groups " + figure.Count(float64(l.Matched))}
	if f := m.answer.figures; f != nil {
		items[0] = "groups " + figure.Count(f.groups)
		items = append(items, "series "+figure.Count(f.series), "resident "+figure.Size(f.resident))
		if l.Matched < int(f.groups) {
			items = append(items, fmt.Sprintf("selected %d", l.Matched))
		}
	}
	if m.words != "" {
		items = append(items, fmt.Sprintf("filter %q", m.words))
	}
	if shown := len(l.Groups); shown < l.Matched {
		items = append(items, fmt.Sprintf("listed the first %d", shown))
	}
	failing, overdue := "", ""
	if l.Failing > 0 {
		failing = boldRed
	}
	if l.Overdue > 0 {
		overdue = yellow
	}
	return append(items, m.in(failing, fmt.Sprintf("failing %d", l.Failing)), m.in(overdue, fmt.Sprintf("overdue %d", l.Overdue)))
}

func (m *Model) pushFigures(f *figures) []string {
	taken, known := f.perSecond(m.before, func(f *figures) float64 { return f.taken })
	items := []string{"pushes " + perSecond(taken, known)}
	refused, known := f.perSecond(m.before, func(f *figures) float64 { return f.refused })
	colour := ""
	if refused > 0 {
		colour = red
	}
	items = append(items, m.in(colour, "refused "+perSecond(refused, known)))
	return append(items, "taking "+m.mean(f, func(f *figures) (float64, float64) { return f.pushSeconds, f.pushCount }))
}

func (m *Model) journalFigures(f *figures) []string {
	syncs, known := f.perSecond(m.before, func(f *figures) float64 { return f.syncCount })
	items := []string{
		"journal syncs " + perSecond(syncs, known),
		"of " + m.mean(f, func(f *figures) (float64, float64) { return f.syncSeconds, f.syncCount }),
		"queue " + figure.Count(f.journalQueue),
		"to replay " + figure.Size(f.unsnapshotted),
	}
	if !f.snapshot.IsZero() {
		items = append(items, "snapshot "+figure.Span(f.at.Sub(f.snapshot))+" ago")
	}
	if f.journalFailing {
		items = append(items, m.in(boldRed, "JOURNAL FAILING"))
	}
	return items
}

func (m *Model) scrapeFigures(f *figures) []string {
	rebuilt, known := f.perSecond(m.before, func(f *figures) float64 { return f.rebuilt })
	return []string{"scrapers " + figure.Count(f.scrapers), "pages rebuilt " + perSecond(rebuilt, known), "cached " + figure.Size(f.cachedBytes)}
}

// mostLimits is how many of the fullest limits are shown.
const mostLimits = 5

func (m *Model) limitFigures(f *figures) []string {
	items := []string{"limits"}
	for _, l := range f.limits[:min(mostLimits, len(f.limits))] {
		colour := ""
		switch {
		case l.ratio >= 1:
			colour = boldRed
		case l.ratio >= 0.8:
			colour = yellow
		}
		items = append(items, m.in(colour, fmt.Sprintf("%s %.0f%%", plain(l.name), 100*l.ratio)))
	}
	return items
}

func perSecond(rate float64, known bool) string {
	if !known {
		return "–/s"
	}
	return figure.Count(rate) + "/s"
}

// mean is how long something took on average since the last look.
func (m *Model) mean(f *figures, sums func(*figures) (seconds, count float64)) string {
	if m.before == nil {
		return "– ms"
	}
	seconds, count := sums(f)
	secondsBefore, countBefore := sums(m.before)
	if count <= countBefore {
		return "– ms"
	}
	return fmt.Sprintf("%.1f ms", 1000*(seconds-secondsBefore)/(count-countBefore))
}
