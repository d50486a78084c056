package main

import "testing"

// TestVerdict promises that a budget is judged on the right figure and side.
func TestVerdict(t *testing.T) {
	for _, tc := range []struct {
		name  string
		ratio float64
		ours  float64
		b     budget
		want  string
	}{
		{"at least, reached", 0.6, 0, budget{AtLeast: 0.6}, "met"},
		{"at least, not reached", 0.59, 9, budget{AtLeast: 0.6}, "missed"},
		{"at most, kept", 2.5, 9, budget{AtMost: 2.5}, "met"},
		{"at most, exceeded", 2.6, 0, budget{AtMost: 2.5}, "missed"},
		{"absolute judges ours", 1, 451, budget{AtMost: 450, Absolute: true}, "missed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := line{Ours: summarize([]float64{tc.ours}), Ratio: summarize([]float64{tc.ratio}), Budget: &tc.b}
			if l.judge(); l.Verdict != tc.want {
				t.Errorf("verdict %q, want %q", l.Verdict, tc.want)
			}
		})
	}
}
