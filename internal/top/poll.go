package top

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/headgate/headgate/internal/client"
)

// mostRows is how many groups are asked for, however many there are. Who looks for
// others filters.
const mostRows = 500

// order is one in which groups can be shown.
type order struct{ name, api string }

// orders are what the key s goes through.
var orders = []order{
	{"attention", "attention"}, {"rate", "recent"}, {"age", "push"}, {"series", "series"}, {"size", "size"}, {"name", "name"},
}

// polled is an answer of the gateway, or why there is none.
type polled struct {
	turn    int // what was asked for is still wanted if it is the model's
	order   string
	at      time.Time
	took    time.Duration
	list    client.List
	figures *figures // nil if they can't be had
	err     error
}

// detailed is what was asked of one group.
type detailed struct {
	turn   int
	took   time.Duration
	detail client.Detail
	err    error
}

type deleted struct {
	key  client.Key
	done client.Deleted
	err  error
}

type undone struct {
	done client.Undone
	err  error
}

// due is the time to look again.
type due struct{ turn int }

// second is when a second has passed, and ages have changed.
type second struct{}

func tick() tea.Cmd { return tea.Tick(time.Second, func(time.Time) tea.Msg { return second{} }) }

// poll asks for all that the list shows.
func (m *Model) poll() tea.Cmd {
	turn, what, by := m.turn, client.Selection{Match: m.o.Match, Words: m.words}, orders[m.order]
	return func() tea.Msg {
		start := m.o.Now()
		p := polled{turn: turn, order: by.name}
		p.list, p.err = m.o.Gateway.Groups(m.ctx, what, by.api, mostRows)
		if p.err == nil {
			p.figures = m.ownFigures()
		}
		p.at = m.o.Now()
		p.took = p.at.Sub(start)
		return p
	}
}

// ownFigures is nil if the gateway doesn't tell, as behind another telemetry path: the
// groups are shown all the same.
func (m *Model) ownFigures() *figures {
	text, err := m.o.Gateway.Metrics(m.ctx, ownMetrics)
	if err != nil {
		return nil
	}
	f, err := readFigures(text, m.o.Now())
	if err != nil {
		return nil
	}
	return f
}

// look asks for the group that is looked into. All its series are read for it, so that a
// large one is asked for less often.
func (m *Model) look() tea.Cmd {
	turn, key := m.turn, m.detail.Group.Labels
	return func() tea.Msg {
		start := m.o.Now()
		d, err := m.o.Gateway.Detail(m.ctx, key)
		return detailed{turn, m.o.Now().Sub(start), d, err}
	}
}

// lookAgain is look once it is time for it.
func (m *Model) lookAgain() tea.Cmd {
	if m.o.Now().Before(m.nextLook) {
		return nil
	}
	return m.look()
}

func (m *Model) remove(key client.Key) tea.Cmd {
	return func() tea.Msg {
		done, err := m.o.Gateway.Delete(m.ctx, client.Selection{Group: key}, false)
		return deleted{key, done, err}
	}
}

func (m *Model) restore() tea.Cmd {
	id := m.undoID
	return func() tea.Msg {
		done, err := m.o.Gateway.Undo(m.ctx, id)
		return undone{done, err}
	}
}

// later looks again after a while: a gateway that takes long to answer is asked less
// often, so that looking costs it a tenth of its time at most.
func (m *Model) later(took time.Duration) tea.Cmd {
	turn := m.turn
	return tea.Tick(max(m.o.Every, 10*took), func(time.Time) tea.Msg { return due{turn} })
}

// Once returns one frame of what there is to show.
func Once(ctx context.Context, o Options, width, height int) (string, error) {
	m := New(ctx, o)
	m.width, m.height = width, height
	answer := m.poll()().(polled)
	if answer.err != nil {
		return "", answer.err
	}
	m.Update(answer)
	return m.list(), nil
}

// List is what the table shows, for programs: the groups in the order asked for, 500 at most.
func List(ctx context.Context, o Options) (client.List, error) {
	by := orders[max(0, slices.IndexFunc(orders, func(by order) bool { return by.name == o.Order }))]
	return o.Gateway.Groups(ctx, client.Selection{Match: o.Match}, by.api, mostRows)
}
