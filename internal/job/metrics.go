package job

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

const (
	// mostMetrics bounds what is read of a script's metrics, in bytes.
	mostMetrics = 1 << 20
	// mostClashes bounds how often lines are taken out that are well-formed and
	// contradict others. Each time all is read anew.
	mostClashes = 20
)

// ErrTooLarge is returned for a file of metrics that is beyond the limit.
var ErrTooLarge = fmt.Errorf("more than %d bytes: write fewer metrics", mostMetrics)

// LineError is a line that is no metric.
type LineError struct {
	Line int
	Text string
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %q: %v", e.Line, e.Text, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// ReadMetrics reads a script's own metrics from a file. Each bad line is an error that
// costs no other line. Labels named in reserved are the run's. A file that isn't there has
// no metrics.
func ReadMetrics(name string, reserved []string) ([]*dto.MetricFamily, []error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, []error{err}
	case !info.Mode().IsRegular():
		return nil, []error{fmt.Errorf("%s: not a file any more", name)}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, []error{err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostMetrics+1))
	switch {
	case err != nil:
		return nil, []error{err}
	case len(text) > mostMetrics:
		return nil, []error{ErrTooLarge}
	}
	return ParseMetrics(text, reserved)
}

// ParseMetrics reads lines of the text format, as ReadMetrics does.
func ParseMetrics(text []byte, reserved []string) ([]*dto.MetricFamily, []error) {
	lines := bytes.Split(text, []byte("\n"))
	var bad []error
	drop := func(n int, err error) {
		shown := lines[n]
		bad = append(bad, &LineError{Line: n + 1, Text: string(shown[:min(len(shown), 80)]), Err: err})
		lines[n] = nil // the others keep their numbers
	}
	c := lineCheck{reserved: reserved, seen: map[string]int{}}
	for n := range lines {
		lines[n] = bytes.TrimSpace(lines[n])
		if err := c.check(n+1, lines[n]); err != nil {
			drop(n, err)
		}
	}
	for range mostClashes {
		families, err := parse(lines)
		if err == nil {
			return families, bad
		}
		n, why := placeOfError(err)
		if n < 0 || n >= len(lines) || len(lines[n]) == 0 {
			return nil, append(bad, err)
		}
		drop(n, why)
	}
	return nil, append(bad, fmt.Errorf("more than %d lines contradict others: none is pushed", mostClashes))
}

// placeOfError is the line, from 0, that the parser complains of, -1 if it names none.
func placeOfError(err error) (int, error) {
	if p, ok := errors.AsType[expfmt.ParseError](err); ok {
		return p.Line - 1, errors.New(p.Msg)
	}
	return -1, err
}

// parse reads all lines at once.
func parse(lines [][]byte) ([]*dto.MetricFamily, error) {
	p := expfmt.NewTextParser(model.UTF8Validation)
	byName, err := p.TextToMetricFamilies(bytes.NewReader(append(bytes.Join(lines, []byte("\n")), '\n')))
	if err != nil {
		return nil, err
	}
	families := make([]*dto.MetricFamily, 0, len(byName))
	for _, f := range byName {
		if len(f.Metric) > 0 {
			families = append(families, f)
		}
	}
	slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
	return families, nil
}

// lineCheck looks at lines by themselves, one after the other.
type lineCheck struct {
	reserved []string
	seen     map[string]int // series, and the numbers of their lines
}

// check looks at line n.
func (c *lineCheck) check(n int, line []byte) error {
	families, err := parse([][]byte{line})
	if err != nil {
		_, err = placeOfError(err)
		return err
	}
	for _, f := range families { // one, or none if the line isn't a sample
		if err := checkName(f.GetName()); err != nil {
			return err
		}
		if err := c.checkSample(n, f.GetName(), f.Metric[0]); err != nil {
			return err
		}
	}
	return nil
}

func (c *lineCheck) checkSample(n int, name string, m *dto.Metric) error {
	if m.TimestampMs != nil {
		return errors.New("has a timestamp: leave it out, the push is when it is true")
	}
	slices.SortFunc(m.Label, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
	series := name
	for _, l := range m.Label {
		if slices.Contains(c.reserved, l.GetName()) {
			return fmt.Errorf("label %q is the run's: leave it out", l.GetName())
		}
		series += "\xff" + l.GetName() + "\xff" + l.GetValue()
	}
	if before, there := c.seen[series]; there {
		return fmt.Errorf("the series is on line %d already", before)
	}
	c.seen[series] = n
	return nil
}

// checkName keeps the names of a run's own metrics for those.
func checkName(name string) error {
	for _, prefix := range []string{"job_run_", "job_runs_", "job_last_success_", "push_time_seconds", "push_failure_time_seconds"} {
		if strings.HasPrefix(name, prefix) {
			return fmt.Errorf("metric %q is the run's own: name yours otherwise", name)
		}
	}
	return nil
}
