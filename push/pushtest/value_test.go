package pushtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// failing is a test that notes its failure instead of ending.
type failing struct{ said string }

func (f *failing) Helper()                           {}
func (f *failing) Cleanup(func())                    {}
func (f *failing) Fatalf(format string, args ...any) { f.said = fmt.Sprintf(format, args...) }

// Labels narrow a series down; one that has no others wins.
func TestLookup(t *testing.T) {
	g := New(t)
	must(t, g, 200, "PUT", "/metrics/job/j/instance/i", "a 1\na{x=\"1\"} 2\na{x=\"1\",y=\"1\"} 3\n")
	must(t, g, 200, "PUT", "/metrics/job/k", "b 4\n")
	for _, c := range []struct {
		want   float64
		ok     bool
		name   string
		labels []string
	}{
		{1, true, "a", []string{"job", "j", "instance", "i"}},
		{2, true, "a", []string{"x", "1", "job", "j", "instance", "i"}},
		{3, true, "a", []string{"y", "1"}},
		{1, true, "a", []string{"x", ""}},
		{0, false, "a", nil},
		{0, false, "a", []string{"x", "1"}},
		{0, false, "a", []string{"x", "2"}},
		{4, true, "b", []string{"job", "k"}},
		{4, true, "b", []string{"job", "k", "instance", ""}},
		{0, false, "b", []string{"job"}},
	} {
		if v, ok := g.Lookup(c.name, c.labels...); v != c.want || ok != c.ok {
			t.Errorf("%s%q: want %v, %t; got %v, %t", c.name, c.labels, c.want, c.ok, v, ok)
		}
	}
}

// A test that looks for the wrong series reads what is there, the nearest first.
func TestValueSaysWhatThereIs(t *testing.T) {
	f := new(failing)
	g := New(f)
	defer g.Close()
	for _, c := range []struct {
		name   string
		labels []string
		want   []string
	}{
		{"rows_total", nil, []string{"no series rows_total{}", "no series"}},
		{"rows_total", []string{"table"}, []string{"names and values in turns"}},
	} {
		g.Value(c.name, c.labels...)
		for _, want := range c.want {
			if !strings.Contains(f.said, want) {
				t.Errorf("want %q in: %s", want, f.said)
			}
		}
	}
	must(t, g, 200, "PUT", "/metrics/job/backup", "other 1\nrows_total{table=\"users\"} 2\nrows_total{table=\"orders\"} 3\n")
	g.Value("rows_total", "table", "order")
	lines := strings.Split(f.said, "\n")
	if want := `  rows_total{instance="", job="backup", table="orders"} 3`; len(lines) < 2 || lines[1] != want {
		t.Errorf("want %q as the first of: %s", want, f.said)
	}
	g.Value("rows_total", "job", "backup")
	if !strings.Contains(f.said, "2 series") {
		t.Errorf("ambiguous: %s", f.said)
	}
}

// Wait returns as soon as its condition is true, and else says what has arrived.
func TestWait(t *testing.T) {
	f := new(failing)
	g := New(f)
	defer g.Close()
	ctx, cancel := context.WithCancel(t.Context())
	g.Wait(ctx, func() bool { return true })
	done := make(chan struct{})
	go func() {
		defer close(done)
		send(t, g, "PUT", "/metrics/job/j", "a 1\n")
	}()
	g.Wait(ctx, func() bool { return g.Applied() == 1 && g.Pushes()[0].Answered() })
	<-done
	if f.said != "" {
		t.Fatal(f.said)
	}
	cancel()
	g.Wait(ctx, func() bool { return false })
	if !strings.Contains(f.said, "PUT /metrics/job/j, applied, answered 200") {
		t.Error(f.said)
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {"abc", "acb", 2}} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: want %d, got %d", c.a, c.b, c.want, got)
		}
	}
}
