package top

import (
	"fmt"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The colours, as SGR parameters.
const (
	bold    = "1"
	dim     = "2"
	reverse = "7"
	red     = "31"
	yellow  = "33"
	boldRed = "1;31"
)

// in gives a text a colour, "" for none.
func (m *Model) in(colour, text string) string {
	if !m.o.Colour || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// View is the whole screen.
func (m *Model) View() tea.View {
	v := tea.NewView(m.frame())
	v.AltScreen = true
	v.WindowTitle = "headgate top " + plain(m.o.Name)
	return v
}

// frame is as many lines as the terminal has, each at most as wide.
func (m *Model) frame() string {
	head := m.header()
	body := m.body()
	room := max(0, m.height-len(head)-1)
	body = append(body[:min(room, len(body))], make([]string, max(0, room-len(body)))...)
	lines := append(append(head, body...), m.footer())
	return m.cut(lines[:min(len(lines), max(1, m.height))])
}

// list is the frame of somebody who presses no keys.
func (m *Model) list() string {
	m.cursor = -1
	lines := append(m.header(), m.table()...)
	return m.cut(lines[:min(len(lines), m.height)])
}

// cut joins lines, cut at the terminal's width.
func (m *Model) cut(lines []string) string {
	for i := range lines {
		lines[i] = strings.TrimRight(ansi.Truncate(lines[i], m.width, "…"), " ")
	}
	return strings.Join(lines, "\n")
}

func (m *Model) body() []string {
	if m.mode == looking || m.mode == confirming && m.back == looking {
		lines := m.group()
		return lines[min(m.scrolled, len(lines)):]
	}
	return m.table()
}

// rows is how many groups are in sight.
func (m *Model) rows() int { return max(1, m.height-len(m.header())-2) }

// footer says what keys do, or what happened, or what is asked.
func (m *Model) footer() string {
	switch {
	case m.mode == confirming:
		return m.in(boldRed, fmt.Sprintf("Delete %s? y deletes it, any other key doesn't", m.doomed))
	case m.mode == filtering:
		return "filter: " + m.words + m.in(reverse, " ") + m.in(dim, "  enter keeps it, esc clears it")
	case m.notice != "":
		return m.in(yellow, plain(m.notice))
	case m.mode == looking:
		return m.in(dim, "esc back  ↑↓ scroll  d delete  u undo  ctrl+c quit")
	}
	return m.in(dim, "q quit  ↑↓ move  enter look  s sort  / filter  d delete  u undo  r refresh")
}

// plain keeps what the gateway says from doing things to a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// flow puts items into lines no wider than the terminal.
func (m *Model) flow(items []string) (lines []string) {
	line := ""
	for _, item := range items {
		switch {
		case line == "":
			line = item
		case ansi.StringWidth(line)+2+ansi.StringWidth(item) <= m.width:
			line += "  " + item
		default:
			lines = append(lines, line)
			line = item
		}
	}
	return append(lines, line)
}
