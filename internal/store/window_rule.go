package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	prometheus "github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/aggregate"
)

// nameLabel is what matchers call a metric's name.
const nameLabel = prometheus.MetricNameLabel

// WindowRule says what is worked out, window by window, of what is pushed.
type WindowRule struct {
	// Name is what the names of the result families begin with. Each has one rule.
	Name string
	// Match selects series by their labels, of which one is nameLabel.
	Match []*labels.Matcher
	// Labels are those by which results are told apart or, with Without, by which they
	// aren't. Sorted, each once.
	Labels  []string
	Without bool
	// Interval is how long a window is. A whole number of seconds: windows begin at its
	// multiples since the epoch.
	Interval time.Duration
	// Grace is how long after its end a window takes up what was pushed late. At most Interval.
	Grace time.Duration
	// Outputs and Quantiles are what is shown; each ascending, not both empty.
	Outputs   []aggregate.Output
	Quantiles []float64 // from 0 to 1
	// DropsLate puts what comes after the grace into no window, instead of into that in
	// which it comes.
	DropsLate bool
	// MaxSeries bounds the results of one window.
	MaxSeries int
}

// quantileLabel is the label of a quantile.
const quantileLabel = "quantile"

// Families are the names of the result families: of each output, then of the quantiles.
func (r *WindowRule) Families() []string {
	var names []string
	for _, o := range r.Outputs {
		names = append(names, r.Name+"_"+o.String())
	}
	if len(r.Quantiles) > 0 {
		names = append(names, r.Name+"_quantile")
	}
	return names
}

// help is the help text of one of the result families, by its index.
func (r *WindowRule) help(i int) string {
	what := "quantiles"
	if i < len(r.Outputs) {
		what = r.Outputs[i].String()
	}
	return fmt.Sprintf("The %s of what window rule %s selects, in the last whole %s.", what, r.Name, prometheus.Duration(r.Interval))
}

// picks is whether results have a label. A label of quantiles is theirs alone.
func (r *WindowRule) picks(name string) bool {
	if strings.HasPrefix(name, "__") || name == quantileLabel && len(r.Quantiles) > 0 {
		return false
	}
	_, listed := slices.BinarySearch(r.Labels, name)
	return listed != r.Without
}

// seesName is whether the rule may select series of that metric name.
func (r *WindowRule) seesName(name string) bool {
	for _, m := range r.Match {
		if m.Name == nameLabel && !m.Matches(name) {
			return false
		}
	}
	return true
}

// last is the number of the last window that is closed for good at time t.
func (r *WindowRule) last(t int64) int64 { return r.number(t-int64(r.Grace)) - 1 }

// number is that of the window in which t lies, counted from the epoch.
func (r *WindowRule) number(t int64) int64 {
	n := t / int64(r.Interval)
	if t%int64(r.Interval) < 0 {
		n--
	}
	return n
}
