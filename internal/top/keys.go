package top

import (
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/headgate/headgate/internal/client"
)

// press does what a key is for.
func (m *Model) press(k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "ctrl+c" {
		return tea.Quit
	}
	m.notice = ""
	switch m.mode {
	case filtering:
		return m.pressFiltering(k)
	case looking:
		return m.pressLooking(k)
	case confirming:
		return m.pressConfirming(k)
	}
	return m.pressListing(k)
}

func (m *Model) pressListing(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "q", "esc":
		return tea.Quit
	case "s":
		m.order = (m.order + 1) % len(orders)
		m.cursor = 0
		return m.anew()
	case "/":
		m.mode = filtering
	case "r":
		return m.anew()
	case "u":
		return m.undo()
	case "d", "delete":
		if g := m.pointed(); g != nil {
			m.ask(g.Labels)
		}
	case "enter", "right", "l":
		if g := m.pointed(); g != nil {
			m.mode, m.scrolled, m.detail = looking, 0, client.Detail{Group: *g}
			return m.look()
		}
	default:
		m.cursor += m.step(k)
		m.follow()
	}
	return nil
}

// step is how many lines a key moves.
func (m *Model) step(k tea.KeyPressMsg) int {
	const all = 1 << 20
	switch k.String() {
	case "up", "k":
		return -1
	case "down", "j":
		return 1
	case "pgup", "ctrl+b":
		return -m.rows()
	case "pgdown", "space", "ctrl+f":
		return m.rows()
	case "home", "g":
		return -all
	case "end", "G":
		return all
	}
	return 0
}

func (m *Model) pressFiltering(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		m.mode = listing
		return nil
	case "esc":
		m.mode, m.words = listing, ""
	case "backspace":
		_, size := utf8.DecodeLastRuneInString(m.words)
		m.words = m.words[:len(m.words)-size]
	default:
		if k.Text == "" {
			return nil
		}
		m.words += k.Text
	}
	m.cursor = 0
	return m.anew()
}

func (m *Model) pressLooking(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "q", "esc", "left", "h", "enter":
		m.mode = listing
		m.follow()
	case "d", "delete":
		m.ask(m.detail.Group.Labels)
	case "u":
		return m.undo()
	default:
		m.scrolled = max(0, min(m.scrolled+m.step(k), len(m.group())-m.rows()))
	}
	return nil
}

// ask asks whether a group is to go.
func (m *Model) ask(key client.Key) {
	m.back, m.mode, m.doomed = m.mode, confirming, key
}

func (m *Model) pressConfirming(k tea.KeyPressMsg) tea.Cmd {
	if k.String() != "y" {
		m.mode, m.notice = m.back, "nothing was deleted"
		return nil
	}
	m.mode = listing
	return m.remove(m.doomed)
}

func (m *Model) undo() tea.Cmd {
	if m.undoID == "" {
		m.notice = "nothing was deleted here; headgate undo brings back what was deleted elsewhere"
		return nil
	}
	return m.restore()
}
