package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// report is the outcome of a run.
type report struct {
	Machine machine `json:"machine"`
	Lines   []line  `json:"lines"`
}

// print writes the report as an aligned table or as JSON.
func (r *report) print(w io.Writer, format string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, %s, %s\n", m.CPU, m.Cores, m.Kernel, m.Go)
	fmt.Fprintf(w, "commit %s; fsync of 4 KiB %v (worst of 100: %v)\n", m.Commit,
		m.FsyncMedian.Round(time.Microsecond), m.FsyncWorst.Round(time.Microsecond))
	fmt.Fprintf(w, "Pushgateway: %s\n\n", m.Pushgateway)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "row\twhat\tours\tpeer\tratio\tbudget\t\tnote")
	for _, l := range r.Lines {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Row, l.What, l.Unit.format(l.Ours), l.peer(),
			formatRatio(l.Ratio), l.Budget.format(l.Unit), l.Verdict, l.Note)
	}
	return tw.Flush()
}

func (l *line) peer() string {
	if l.Peer == nil {
		return l.PeerName
	}
	return l.Unit.format(l.Peer) + " " + l.PeerName
}

// format gives the median and the range of a figure.
func (u unit) format(s *stat) string {
	if s == nil {
		return "-"
	}
	if s.Min == s.Max {
		return u.figure(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", u.figure(s.Median), u.figure(s.Min), u.figure(s.Max))
}

func (u unit) figure(v float64) string {
	if u == seconds && v < 1 {
		return significant(v*1000) + " ms"
	}
	if u == perSecond {
		return significant(v) + "/s"
	}
	return significant(v) + " " + string(u)
}

// significant prints three digits, or all of an integer part that has more.
func significant(v float64) string {
	if v >= 100 || v == 0 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.*f", max(0, 2-int(math.Floor(math.Log10(v)))), v)
}

func formatRatio(s *stat) string {
	if s == nil {
		return "-"
	}
	if s.Min == s.Max {
		return significant(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", significant(s.Median), significant(s.Min), significant(s.Max))
}

func (b *budget) format(u unit) string {
	if b == nil {
		return ""
	}
	bound, sign := b.AtLeast, "≥ "
	if b.AtMost > 0 {
		bound, sign = b.AtMost, "≤ "
	}
	if b.Absolute {
		return sign + u.figure(bound)
	}
	return sign + fmt.Sprint(bound)
}
