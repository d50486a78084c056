package push

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// Errors of a Recorder that a caller may decide by, with errors.Is.
var (
	// ErrInvalidMetric is wrapped by what Record says about a name, label or value
	// that can't be recorded at any time.
	ErrInvalidMetric = errors.New("invalid metric")
	// ErrSeriesLimit is wrapped by what Record says when one series more would be
	// too many.
	ErrSeriesLimit = errors.New("series limit reached")
)

// refusalReason is why something was refused, as metrics and stats name it.
type refusalReason uint8

const (
	invalidName refusalReason = iota
	invalidLabel
	reservedLabel
	invalidValue
	conflictingType
	overLimit
	afterClose
	numRefusalReasons
)

var refusalReasonNames = [numRefusalReasons]string{"name", "label", "reserved", "value", "conflict", "limit", "closed"}

func (r refusalReason) String() string { return refusalReasonNames[r] }

// sentinel is what a caller decides by.
func (r refusalReason) sentinel() error {
	switch r {
	case overLimit:
		return ErrSeriesLimit
	case afterClose:
		return ErrClosed
	}
	return ErrInvalidMetric
}

// refusal is why a Recorder doesn't take something. It is put into words when
// somebody reads it: a refused sample must not cost much more than an accepted one.
type refusal struct {
	reason      refusalReason
	metric      string
	what, found string // what isn't as it should be, and how it is
	want        string
	err         error // of a check that isn't ours
}

func (e *refusal) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "metric %q", e.metric)
	if e.what != "" {
		fmt.Fprintf(&b, ": %s %q", e.what, e.found)
	}
	if e.reason.sentinel() != ErrInvalidMetric {
		fmt.Fprintf(&b, ": %v", e.reason.sentinel())
	}
	if e.err != nil {
		fmt.Fprintf(&b, ": %v", e.err)
	}
	if e.want != "" {
		fmt.Fprintf(&b, ": want %s", e.want)
	}
	return b.String()
}

func (e *refusal) Unwrap() []error {
	if e.err == nil {
		return []error{e.reason.sentinel()}
	}
	return []error{e.reason.sentinel(), e.err}
}

func refuseClosed(metric string) *refusal {
	return &refusal{reason: afterClose, metric: metric}
}

func refuseLimit(metric string, limit int) *refusal {
	return &refusal{reason: overLimit, metric: metric,
		want: "at most " + strconv.Itoa(limit) + " series over all metrics: drop a label with many values, cap them by a label policy, or raise the limit"}
}

func refuseConflict(metric, is, asked string) *refusal {
	return &refusal{reason: conflictingType, metric: metric, err: fmt.Errorf("is %s, %s", is, asked), want: "one declaration for a name"}
}

func refuseReserved(metric, label string, err error) *refusal {
	return &refusal{reason: reservedLabel, metric: metric, what: "label", found: label, err: err}
}

func (f *family) refuseValue(v float64) *refusal {
	want := "a finite number"
	if f.kind == counterKind {
		want += " of at least 0"
	}
	return &refusal{reason: invalidValue, metric: f.name, what: "value", found: strconv.FormatFloat(v, 'g', -1, 64), want: want}
}

func (f *family) refuseCount(n int) *refusal {
	return &refusal{reason: invalidLabel, metric: f.name, what: "number of label values", found: strconv.Itoa(n),
		want: fmt.Sprintf("%d, for %q", len(f.names), f.names)}
}

func (f *family) refuseLabels(set []Label) *refusal {
	names := make([]string, len(set))
	for i := range set {
		names[i] = set[i].Name
	}
	return &refusal{reason: invalidLabel, metric: f.name, what: "labels", found: strings.Join(names, ","),
		want: fmt.Sprintf("those of its handle, %q", f.names)}
}

// refusalCounts counts by reason.
type refusalCounts struct {
	by [numRefusalReasons]atomic.Uint64
}

func (c *refusalCounts) byName() map[string]uint64 {
	named := map[string]uint64{}
	for i := range c.by {
		if n := c.by[i].Load(); n > 0 {
			named[refusalReason(i).String()] = n
		}
	}
	return named
}

// refuse counts why and returns it. What a handle refuses is also reported, if it is
// the first of its kind since the last drain; f is nil if it is Record's, which
// returns it.
func (r *Recorder) refuse(f *family, why *refusal) error {
	r.refused.by[why.reason].Add(1)
	if bit := uint32(1) << why.reason; f != nil && r.config.onRefused != nil && f.reported.Or(bit)&bit == 0 {
		r.config.onRefused(why)
	}
	return why
}

// reportAnew lets the next refusals be reported again. r.mu is held.
func (r *Recorder) reportAnew() {
	for _, f := range r.families {
		f.reported.Store(0)
	}
}
