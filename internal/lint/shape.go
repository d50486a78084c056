package lint

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// shape is what is found in all pushes with one sketch. Never changed once made.
type shape struct {
	findings []labels.Finding
	rules    ruleSet  // of findings
	buckets  []bounds // of each classic histogram, sorted by name
}

// bounds are the buckets of a histogram's first series.
type bounds struct {
	metric string
	upper  []float64
}

// clean is the shape of most pushes. The many groups that have it share it.
var clean = &shape{}

// mostShapes bounds the table of shapes. A shape that falls out of it is made anew.
const mostShapes = 128 << 10

// What is kept of one push is bounded too: there may be as many shapes as groups.
const (
	mostFindings   = 50
	mostHistograms = 100
	mostBuckets    = 200 // of a histogram
)

// shapes is what is known of sketches, for all groups.
type shapes struct {
	mu  sync.RWMutex
	all map[uint64]*shape
}

func (s *shapes) get(sum uint64) *shape {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.all[sum]
}

func (s *shapes) put(sum uint64, made *shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[uint64]*shape{}
	}
	for old := range s.all {
		if len(s.all) < mostShapes {
			break
		}
		delete(s.all, old)
	}
	s.all[sum] = made
}

func (l *Linter) shape(o *settings, p *Push, sum uint64) *shape {
	s := l.shapes.get(sum)
	if s == nil {
		s = examine(o, p)
		if len(s.findings) > 0 { // else it may be clean, which all share
			s.rules = l.rulesOf(s.findings)
		}
		l.shapes.put(sum, s)
	}
	return s
}

// examine finds all that a push says by itself.
func examine(o *settings, p *Push) *shape {
	families := make([]*dto.MetricFamily, len(p.Families))
	for i, f := range p.Families {
		families[i] = ownFamily(f, p.Key, max(mostMetrics, o.MaxValues+1))
	}
	vetter := labels.Vetter{MaxValues: o.MaxValues, Ignore: []string{helpMissing}}
	s := &shape{findings: vetter.Families(families)}
	s.findings = slices.DeleteFunc(s.findings, func(f labels.Finding) bool { return f.Label == "instance" || f.Label == "job" })
	s.findings = o.kept(append(bodyFindings(p), s.findings...))
	s.findings = slices.Clone(s.findings[:min(len(s.findings), mostFindings)])
	for i := range s.findings {
		f := &s.findings[i]
		Advise(f)
		f.Metric, f.Label, f.Value = strings.Clone(f.Metric), strings.Clone(f.Label), strings.Clone(f.Value) // off the body
	}
	for _, f := range p.Families {
		if upper := upperBounds(f); 0 < len(upper) && len(upper) <= mostBuckets && len(s.buckets) < mostHistograms {
			s.buckets = append(s.buckets, bounds{strings.Clone(f.Name), upper})
		}
	}
	sortFindings(s.findings)
	if len(s.findings) == 0 && len(s.buckets) == 0 {
		return clean
	}
	return s
}

func upperBounds(f *expo.Family) []float64 {
	if len(f.Metrics) == 0 || f.Metrics[0].Histogram == nil {
		return nil
	}
	var upper []float64
	for _, b := range f.Metrics[0].Histogram.Buckets {
		if !math.IsInf(b.UpperBound, 1) {
			upper = append(upper, b.UpperBound)
		}
	}
	return upper
}

// changed finds the histograms whose buckets are others in now than in s.
func (s *shape) changed(now *shape) []labels.Finding {
	var found []labels.Finding
	for _, b := range now.buckets {
		at, ok := slices.BinarySearchFunc(s.buckets, b.metric, func(b bounds, metric string) int { return strings.Compare(b.metric, metric) })
		if !ok || slices.Equal(s.buckets[at].upper, b.upper) {
			continue
		}
		found = append(found, labels.Finding{
			Rule: BucketsChange, Metric: b.metric, Count: 1,
			Message:    fmt.Sprintf("has the buckets %s, and had %s in the group's push before", few(b.upper), few(s.buckets[at].upper)),
			Suggestion: "keep the buckets of a histogram: rates and quantiles over a change of them are wrong; for other buckets take another name",
		})
	}
	return found
}

// few writes out bounds as far as one wants to read them.
func few(upper []float64) string {
	const most = 8
	if len(upper) <= most {
		return fmt.Sprint(upper)
	}
	text := fmt.Sprint(upper[:most])
	return fmt.Sprintf("%s and %d more]", text[:len(text)-1], len(upper)-most)
}
