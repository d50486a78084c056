package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/demo"
)

// demoView shows states of a demo: as a picture in place on a terminal, else as lines,
// and the whole picture at the end.
type demoView struct {
	out   io.Writer
	url   string
	limit time.Duration // 0: none
	live  bool
	every time.Duration
	drawn int // lines of the picture that stands there
	paint
}

func (c *demoCmd) view(url string, out io.Writer) *demoView {
	v := &demoView{out: out, url: url, limit: c.For, live: isLive(out), every: lineEvery, paint: paints(out)}
	switch {
	case c.Quiet || c.Format != "text":
		v.out = io.Discard
	case v.live:
		v.every = frameEvery
	default:
		fmt.Fprintf(v.out, "a gateway with invented jobs: %s/\n", url)
	}
	return v
}

func (v *demoView) show(st *demo.State, last bool) {
	switch {
	case v.live || last:
		v.draw(st)
	case st.Elapsed >= v.every/2: // not of the start, when nothing has happened
		fmt.Fprintf(v.out, "%s  %d groups, %d series, %d counted by the workers, %d faults\n", v.clock(st), st.Groups, st.Series, st.Counted, st.Faults.Sum())
	}
}

// draw takes the place of the picture before. Lines are cut at the terminal's edge:
// wrapped ones would not be counted.
func (v *demoView) draw(st *demo.State) {
	var b bytes.Buffer
	v.picture(&b, st)
	lines := bytes.Count(b.Bytes(), []byte("\n"))
	if v.live {
		up := ""
		if v.drawn > 0 {
			up = fmt.Sprintf("\x1b[%dA\x1b[J", v.drawn)
		}
		fmt.Fprintf(v.out, "%s\x1b[?7l%s\x1b[?7h", up, b.Bytes())
	} else {
		_, _ = v.out.Write(b.Bytes()) // who hung up does not look
	}
	v.drawn = lines
}

func (v *demoView) picture(b *bytes.Buffer, st *demo.State) {
	fmt.Fprintf(b, "%s  %s/  %s  %s\n\n", v.in(bold, "headgate demo"), v.url, v.clock(st), v.in(dim, "Ctrl-C ends it"))
	fmt.Fprintln(b, v.in(dim, fmt.Sprintf("  %-15s%5s%7s%8s%7s  %-20s  %s", "JOB", "RUNS", "GROUPS", "SERIES", "PUSHED", "STATE", "WHAT IT SHOWS")))
	for i := range st.Jobs {
		j := &st.Jobs[i]
		word, colour := verdict(j)
		fmt.Fprintf(b, "  %-15s%5s%7d%8d%7s  %s  %s\n", j.Name, runs(j), j.Groups, j.Series, age(j.LastPush),
			v.in(colour, fmt.Sprintf("%-20s", word)), j.Shows)
	}
	f := st.Faults
	fmt.Fprintf(b, "\n  gateway  %d groups, %d series\n", st.Groups, st.Series)
	fmt.Fprintf(b, "  workers  %s counted so far\n", v.in(bold, fmt.Sprint(st.Counted)))
	fmt.Fprintf(b, "  faults   of the workers' %d requests %d cut off, %d answered 503, %d taken with the answer lost\n\n",
		f.Requests, f.Cut, f.Unavailable, f.Lost)
}

func (v *demoView) clock(st *demo.State) string {
	text := st.Elapsed.Truncate(time.Second).String()
	if v.limit > 0 {
		text += " of " + v.limit.String()
	}
	return text
}

// verdict is a job's state in a few words, the worst first.
func verdict(j *demo.Job) (word, colour string) {
	switch {
	case j.Overdue:
		return "overdue", red
	case j.Refused > 0:
		return plural(j.Refused, "push", "pushes") + " refused", red
	case j.Failed > 0:
		return fmt.Sprintf("%d of %d failed", j.Failed, j.Runs), yellow
	case j.Overlapping > 1:
		return fmt.Sprintf("%d at once", j.Overlapping), yellow
	case j.Running > 0:
		return "running", green
	}
	return "ok", green
}

// runs is empty for what runs all the time.
func runs(j *demo.Job) string {
	if j.Runs == 0 && j.Running > 1 {
		return ""
	}
	return fmt.Sprint(j.Runs)
}

func age(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return fmt.Sprintf("%.1fs", max(0, time.Since(t).Seconds()))
}

// printProof says how the sums came out.
func printProof(w io.Writer, p *demo.Proof, workers int) error {
	colour := paints(w)
	for _, s := range p.Sums {
		mark := colour.in(green, "=")
		if s.Shown != s.Counted {
			mark = colour.in(red, "!")
		}
		pad := strings.Repeat(" ", max(0, 54-len(s.Series)))
		if _, err := fmt.Fprintf(w, "  %s%s%7d counted %s %d at the gateway\n", s.Series, pad, s.Counted, mark, s.Shown); err != nil {
			return err
		}
	}
	if p.Err() != nil {
		return nil // which is said as an error
	}
	_, err := fmt.Fprintf(w, "%s: what %d workers counted is there, each once, though %d of %d pushes failed, %d of them after they were taken\n",
		colour.in(green, "ok"), workers, p.Faults.Sum(), p.Faults.Requests, p.Faults.Lost)
	return err
}
