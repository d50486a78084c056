package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/runs"
)

// A strip's measures, in pixels.
const (
	mostBars  = 50
	barWidth  = 10
	barGap    = 4
	barLeast  = 6
	barHeight = 40
)

// strip is a picture of a job's last runs: a bar for each, and one for each that was missed.
type strip struct {
	Label         string // what it shows, in words
	Width, Height int
	Bars          []bar
}

type bar struct {
	at                  int64
	Class, Title        string
	X, Y, Width, Height int
}

func newStrip(j *jobRuns) strip {
	longest := time.Duration(1)
	for i := range j.Runs {
		longest = max(longest, j.length(i))
	}
	bars := make([]bar, 0, len(j.Runs)+len(j.Misses))
	for i := range j.Runs {
		height := barLeast + int(float64(barHeight-barLeast)*float64(j.length(i))/float64(longest))
		bars = append(bars, bar{at: j.Runs[i].Start, Class: j.outcome(i), Title: j.tell(i), Height: height})
	}
	for _, m := range j.Misses {
		due := timeAt(m.Due)
		bars = append(bars, bar{
			at: m.Due, Class: "missed", Height: barHeight,
			Title: "missed, was due " + ago(j.now.Sub(due)) + ", " + absolute(due),
		})
	}
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Compare(a.at, b.at) })
	bars = bars[max(0, len(bars)-mostBars):]
	for i := range bars {
		b := &bars[i]
		b.X, b.Y, b.Width = 1+i*(barWidth+barGap), 1+barHeight-b.Height, barWidth
	}
	return strip{
		Label: inWords(bars), Bars: bars,
		Width: mostBars*(barWidth+barGap) - barGap + 2, Height: barHeight + 2, // as wide for all, so that bars are
	}
}

// length is how long a run took, or has taken so far.
func (j *jobRuns) length(i int) time.Duration {
	switch r := &j.Runs[i]; {
	case r.Outcome == runs.Skipped:
		return 0
	case r.End != 0:
		return r.Duration()
	case !j.Goes(i):
		return 0
	default:
		return max(0, j.now.Sub(timeAt(r.Start)))
	}
}

// tell says what a bar stands for.
func (j *jobRuns) tell(i int) string {
	r := &j.Runs[i]
	parts := []string{j.outcome(i)}
	if r.HasCode && r.Code != 0 {
		parts[0] += fmt.Sprintf(" with code %d", r.Code)
	}
	if d := j.length(i); d > 0 {
		parts = append(parts, took(d))
	}
	start := timeAt(r.Start)
	parts = append(parts, "began "+ago(j.now.Sub(start)), absolute(start))
	if r.Host != "" {
		parts = append(parts, "on "+r.Host)
	}
	if r.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", r.Attempts))
	}
	if r.Overlaps {
		parts = append(parts, "while another one was going on")
	}
	return strings.Join(parts, ", ")
}

// inWords counts bars by what they stand for, in the order in which these first come.
func inWords(bars []bar) string {
	counts := map[string]int{}
	var order []string
	for i := range bars {
		if counts[bars[i].Class]++; counts[bars[i].Class] == 1 {
			order = append(order, bars[i].Class)
		}
	}
	for i, class := range order {
		order[i] = fmt.Sprintf("%d %s", counts[class], class)
	}
	return "The newest at the right: " + strings.Join(order, ", ")
}
