package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// benchResult is what a benchmark measured, and of what.
type benchResult struct {
	URL         string       `json:"url"`
	Groups      int          `json:"groups"`
	Series      int          `json:"series"` // of each group
	Connections int          `json:"connections"`
	Format      string       `json:"format"`
	BodyBytes   int          `json:"body_bytes"`
	Rounds      []benchRound `json:"rounds"`
}

type benchRound struct {
	Push  pushFigure    `json:"push"`
	Plain *scrapeFigure `json:"scrape_plain"`
	Gzip  *scrapeFigure `json:"scrape_gzip"` // null: the gateway doesn't compress
}

// pushFigure has durations in seconds, of pushes that were granted.
type pushFigure struct {
	PerSecond float64     `json:"per_second"`
	Granted   int         `json:"granted"` // those that the other figures are of
	P50       float64     `json:"p50_seconds"`
	P90       float64     `json:"p90_seconds"`
	P99       float64     `json:"p99_seconds"`
	Max       float64     `json:"max_seconds"`
	Errors    load.Faults `json:"errors,omitempty"` // by status, or timeout or connection
}

func pushFigures(r *load.Result) pushFigure {
	at := func(q float64) float64 { return r.Quantile(q).Seconds() }
	return pushFigure{r.Rate, len(r.Took), at(0.5), at(0.9), at(0.99), at(1), r.Faults}
}

type scrapeFigure struct {
	Bytes   int64     `json:"bytes"`
	Seconds []float64 `json:"seconds"` // of each scrape
}

func (f *scrapeFigure) median() float64 {
	s := slices.Sorted(slices.Values(f.Seconds))
	n := len(s)
	return (s[n/2] + s[(n-1)/2]) / 2
}

// printText is for people.
func (r *benchResult) printText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  groups: %d, series of each: %d, connections: %d, body: %d bytes of %s\n", r.URL, r.Groups, r.Series, r.Connections, r.BodyBytes, r.Format)
	for i := range r.Rounds {
		p := &r.Rounds[i].Push
		fmt.Fprintf(&b, "\npushes  %8.0f/s   p50 %s   p90 %s   p99 %s   max %s   %d granted\n",
			p.PerSecond, rounded(p.P50), rounded(p.P90), rounded(p.P99), rounded(p.Max), p.Granted)
		if n := p.Errors.Sum(); n > 0 {
			fmt.Fprintf(&b, "errors  %8d     %s\n", n, p.Errors)
		}
		printScrape(&b, "plain", r.Rounds[i].Plain)
		printScrape(&b, "gzip", r.Rounds[i].Gzip)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func printScrape(b *bytes.Buffer, name string, f *scrapeFigure) {
	if f == nil {
		fmt.Fprintf(b, "scrape  %-8s     the gateway doesn't compress\n", name)
		return
	}
	fmt.Fprintf(b, "scrape  %-8s     %s (%s to %s), %.3g MB\n", name, rounded(f.median()), rounded(slices.Min(f.Seconds)), rounded(slices.Max(f.Seconds)), float64(f.Bytes)/1e6)
}

// rounded is a duration with three digits.
func rounded(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	for unit := time.Duration(1); unit <= time.Second; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.Round(time.Second).String()
}

// printBench writes the form of Go's benchmarks, which golang.org/x/perf/benchfmt
// describes. Each round is a line of its own, as with go test -count. The URL isn't said:
// benchstat would not hold results of different URLs against each other.
func (r *benchResult) printBench(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "goos: %s\ngoarch: %s\nUnit pushes/s better=higher\n", runtime.GOOS, runtime.GOARCH)
	size := fmt.Sprintf("groups=%d/series=%d", r.Groups, r.Series)
	for i := range r.Rounds {
		p := &r.Rounds[i].Push
		fmt.Fprintf(&b, "BenchmarkPush/%s/connections=%d/format=%s %d %.0f ns/op %.1f pushes/s %.0f p50-ns %.0f p99-ns %d errors\n",
			size, r.Connections, r.Format, p.Granted, 1e9/p.PerSecond, p.PerSecond, p.P50*1e9, p.P99*1e9, p.Errors.Sum())
		for _, s := range []struct {
			name string
			*scrapeFigure
		}{{"plain", r.Rounds[i].Plain}, {"gzip", r.Rounds[i].Gzip}} {
			if s.scrapeFigure != nil {
				fmt.Fprintf(&b, "BenchmarkScrape/%s/encoding=%s %d %.0f ns/op %d scrape-B\n", size, s.name, len(s.Seconds), s.median()*1e9, s.Bytes)
			}
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
