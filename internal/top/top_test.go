package top

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/headgate/headgate/internal/client"
)

var update = flag.Bool("update", false, "write what the frames are to testdata")

// golden compares a frame to the file of its name, and holds it to the terminal's size.
func (s *screen) golden(t *testing.T, name string) {
	t.Helper()
	got := s.frame() + "\n"
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != s.height {
		t.Errorf("%s: %d lines in a terminal of %d", name, len(lines), s.height)
	}
	for _, line := range lines {
		if ansi.StringWidth(line) > s.width {
			t.Errorf("%s: %q is wider than %d", name, line, s.width)
		}
	}
	file := "testdata/" + name + ".txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// The list fits terminals of any width, and shows the more the wider they are.
func TestListFits(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		s := newScreen(t, width, 24)
		s.pass(2*time.Second, 100)
		s.golden(t, fmt.Sprintf("list-%d", width))
	}
}

// A group is shown with its metrics, who pushes and what is found, from the list and back.
func TestLooksIntoGroup(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.press("enter")
	s.golden(t, "group-80")
	s.press("esc")
	if s.mode != listing {
		t.Error("esc doesn't lead back to the list")
	}
}

// No terminal is too small to draw in, and none gets more than it has room for.
func TestAnySize(t *testing.T) {
	for _, keys := range []string{"", "enter", "/", "d"} {
		s := newScreen(t, 80, 24)
		s.press(strings.Fields(keys)...)
		for width := range 50 {
			for height := range 25 {
				s.Update(tea.WindowSizeMsg{Width: width, Height: height})
				lines := strings.Split(s.frame(), "\n")
				if len(lines) > max(1, height) {
					t.Fatalf("%d lines at %dx%d after %q", len(lines), width, height, keys)
				}
			}
		}
	}
}

// What a gateway says does nothing to the terminal.
func TestNothingEscapes(t *testing.T) {
	s := newScreen(t, 200, 40)
	for _, keys := range [][]string{nil, {"down", "down", "down", "d"}, {"n", "enter"}} {
		s.press(keys...)
		if strings.ContainsAny(s.frame(), "\x1b\x07\r") {
			t.Errorf("control characters after %v: %q", keys, s.frame())
		}
	}
}

// A delete is asked about, and can be undone from here.
func TestDeleteAndUndo(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.press("d", "n")
	if s.asks("DELETE") != 0 {
		t.Fatal("deleted without a yes")
	}
	s.press("d", "y")
	if s.asks("DELETE api/v1/groups group=job@base64/ZXRs") != 1 {
		t.Fatalf("the group wasn't deleted: %q", s.fake.asked)
	}
	if !strings.Contains(s.frame(), `deleted {job="etl"}: u brings it back`) {
		t.Error(s.frame())
	}
	s.press("u")
	if s.asks("POST api/v1/groups/undo id=u1") != 1 || !strings.Contains(s.frame(), "groups brought back: 1") {
		t.Errorf("%q\n%s", s.fake.asked, s.frame())
	}
	s.press("u")
	if s.asks("POST") != 1 {
		t.Error("undone twice")
	}
}

func (s *screen) asks(prefix string) (n int) {
	for _, asked := range s.fake.asked {
		if strings.HasPrefix(asked, prefix) {
			n++
		}
	}
	return n
}

// Sorting and filtering are the gateway's: it has more groups than are shown.
func TestAsksForWhatIsShown(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.press("s", "s")
	if want := "GET api/v1/groups limit=500&sort=push"; s.asks(want) != 1 {
		t.Errorf("%q, want one %s", s.fake.asked, want)
	}
	s.press("/", "d", "x", "backspace", "b", "enter")
	if want := "GET api/v1/groups limit=500&q=db&sort=push"; s.asks(want) != 1 || s.mode != listing {
		t.Errorf("%q, want one %s", s.fake.asked, want)
	}
	s.press("/", "esc")
	if s.words != "" {
		t.Errorf("the filter %q is still there", s.words)
	}
}

// An answer to what isn't wanted any more is dropped, so that it doesn't stand under
// another heading.
func TestLateAnswerIsDropped(t *testing.T) {
	s := newScreen(t, 80, 24)
	late := s.Model.poll()()
	s.press("/", "x")
	before := s.answer.at
	s.fake.now = noon.Add(time.Hour)
	if cmd := s.Model.take(late.(polled)); cmd != nil || !s.answer.at.Equal(before) {
		t.Error("the late answer was taken in")
	}
}

// A gateway that is gone is said to be, with what was last known of it, until it is back.
func TestGatewayGone(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.fake.gone = errors.New("connection refused")
	s.pass(5*time.Second, 0)
	s.pass(5*time.Second, 0)
	if f := s.frame(); !strings.Contains(f, "gone for 5s, trying again: connection refused") || !strings.Contains(f, `{job="etl"}`) {
		t.Error(f)
	}
	s.fake.gone = nil
	s.pass(time.Second, 0)
	if f := s.frame(); strings.Contains(f, "gone for") {
		t.Error(f)
	}
}

// The cursor stays with its group when others come before it.
func TestCursorStaysWithGroup(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.press("down", "down")
	p := s.Model.poll()().(polled)
	p.list.Groups = append([]client.Group{{Labels: client.Key{"job": "new"}}}, p.list.Groups...)
	s.Model.take(p)
	if got := s.pointed().Labels["job"]; got != "workers" {
		t.Errorf("the cursor is on %q, want workers", got)
	}
}

// A group that takes long to tell of is asked for less often than the list.
func TestLargeGroupIsAskedForLessOften(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.press("enter")
	s.show(detailed{turn: s.turn, took: time.Second, detail: s.detail})
	s.fake.now = noon.Add(9 * time.Second)
	if s.lookAgain() != nil {
		t.Error("it is asked for again after 9 seconds, of which it took 1 to tell")
	}
	s.fake.now = noon.Add(10 * time.Second)
	if s.lookAgain() == nil {
		t.Error("it isn't asked for any more")
	}
}
