// Package top shows a gateway in a terminal as it changes: its groups, and what it tells
// of itself. It asks the gateway for what is shown, and no more.
package top

import (
	"context"
	"io"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/headgate/headgate/internal/client"
)

// Options say what is shown. Gateway, Name, Every and Now are required.
type Options struct {
	Gateway client.Gateway
	Name    string   // of the gateway, in the first line
	Match   []string // selectors, of which groups; none for all
	Order   string   // attention, rate, age, series, size or name; "" for attention
	Every   time.Duration
	Now     func() time.Time
	Colour  bool
}

// mode is what keys are for.
type mode uint8

const (
	listing mode = iota
	filtering
	looking    // into one group
	confirming // a delete
)

// Model is what is shown and what was asked for. Update changes it in place, so there is
// one of it. View depends on nothing else but the time.
type Model struct {
	o             Options
	ctx           context.Context // of all that is asked
	width, height int

	turn     int // goes up when something else is wanted
	mode     mode
	order    int
	words    string // that the groups have to have in their keys
	cursor   int    // the group that keys are about, in list
	first    int    // the first group in sight
	scrolled int    // lines of the group that is looked into

	answer polled   // the last one that was none of an error
	before *figures // those of the answer before
	rates  rates
	err    error     // why the last poll failed, nil if it didn't
	since  time.Time // of err

	detail   client.Detail
	nextLook time.Time  // not before
	doomed   client.Key // what is asked about
	back     mode       // where a refusal leads
	undoID   string     // of the last delete here
	notice   string
}

// New returns a Model that has asked for nothing yet.
func New(ctx context.Context, o Options) *Model {
	m := &Model{o: o, ctx: ctx, width: 80, height: 24}
	m.order = max(0, slices.IndexFunc(orders, func(by order) bool { return by.name == o.Order }))
	return m
}

// Run shows the gateway until a key or ctx ends it.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_, err := tea.NewProgram(New(ctx, o), tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out)).Run()
	if ctx.Err() != nil {
		return nil // which was what ended it
	}
	return err
}

// Init asks for the first time.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.poll(), tick()) }

// Update takes in an answer, a key or the terminal's new size.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.follow()
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case polled:
		return m, m.take(msg)
	case due:
		if msg.turn == m.turn {
			return m, m.again()
		}
	case second:
		return m, tick()
	case detailed:
		m.show(msg)
	case deleted:
		return m, m.deleted(msg)
	case undone:
		return m, m.undone(msg)
	}
	return m, nil
}

// again looks at what is in sight.
func (m *Model) again() tea.Cmd {
	if m.mode == looking {
		return tea.Batch(m.poll(), m.lookAgain())
	}
	return m.poll()
}

// anew looks at once, since something else is wanted.
func (m *Model) anew() tea.Cmd {
	m.turn++
	return m.again()
}

// pointed is the group under the cursor, nil if there is none.
func (m *Model) pointed() *client.Group {
	if m.cursor >= len(m.answer.list.Groups) {
		return nil
	}
	return &m.answer.list.Groups[m.cursor]
}

// follow keeps the cursor on a group, and in sight.
func (m *Model) follow() {
	m.cursor = max(0, min(m.cursor, len(m.answer.list.Groups)-1))
	rows := m.rows()
	m.first = max(0, min(m.first, m.cursor, len(m.answer.list.Groups)-rows))
	m.first = max(m.first, m.cursor-rows+1)
}
