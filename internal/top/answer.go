package top

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/headgate/headgate/internal/client"
)

// take takes in an answer. The cursor stays with its group, but at the top it stays there,
// where what needs attention comes up.
func (m *Model) take(p polled) tea.Cmd {
	if p.turn != m.turn {
		return nil // another is on its way
	}
	if m.err = p.err; p.err != nil {
		if m.since.IsZero() {
			m.since = p.at
		}
		return m.later(p.took)
	}
	m.since = time.Time{}
	group := m.pointed()
	m.before, m.answer = m.answer.figures, p
	m.rates = m.rates.observe(p.list.Groups, p.at)
	if p.order == "rate" {
		m.rates.sort(m.answer.list.Groups)
	}
	if group != nil {
		key := group.Labels.String()
		at := slices.IndexFunc(m.answer.list.Groups, func(g client.Group) bool { return g.Labels.String() == key })
		if at >= 0 && m.cursor > 0 {
			m.cursor = at
		}
	}
	m.follow()
	return m.later(p.took)
}

func (m *Model) show(d detailed) {
	if m.mode != looking || d.turn != m.turn {
		return
	}
	m.nextLook = m.o.Now().Add(10 * d.took)
	if d.err != nil {
		m.notice = d.err.Error()
		return
	}
	m.detail = d.detail
}

func (m *Model) deleted(d deleted) tea.Cmd {
	if d.err != nil {
		m.notice = "not deleted: " + d.err.Error()
		return nil
	}
	m.notice = "the group was gone already"
	if d.done.ID != "" {
		m.undoID, m.notice = d.done.ID, fmt.Sprintf("deleted %s: u brings it back", d.key)
	}
	return m.anew()
}

func (m *Model) undone(u undone) tea.Cmd {
	if u.err != nil {
		m.notice = "not undone: " + u.err.Error()
		return nil
	}
	m.undoID, m.notice = "", fmt.Sprintf("groups brought back: %d", u.done.Restored)
	for _, s := range u.done.Skipped {
		m.notice = fmt.Sprintf("%s stays as it is: %s", s.Labels, s.Reason)
	}
	return m.anew()
}
