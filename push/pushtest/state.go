package pushtest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// The families that a gateway adds to each group.
const (
	timeName    = "push_time_seconds"
	failureName = "push_failure_time_seconds"
)

// state is what a scrape shows, and what keeps increments from counting twice.
// Nothing that it points to is changed once it is in there, so it may be shown
// outside the lock.
type state struct {
	groups    map[string]group // by keyText
	failures  map[string]group // no families, and the time of the last failure
	producers map[string]producer
	samples   []Sample
}

type group struct {
	key      map[string]string
	families map[string]*dto.MetricFamily
	time     time.Time
}

// producer is what of one pusher's batches was applied.
type producer struct {
	highest uint64
	entries map[uint64]int // numbers of entries by sequence
}

// A Group is some metric families under one grouping key.
type Group struct {
	// Labels are the grouping key, with job.
	Labels map[string]string
	// Families are sorted by name. Their series carry the grouping labels. As with
	// Pushgateway push_time_seconds and push_failure_time_seconds are among them.
	Families []*dto.MetricFamily
}

func (s *state) applied(producer string, sequence uint64) (number int, ok bool) {
	number, ok = s.producers[producer].entries[sequence]
	return number, ok
}

// apply makes the changes of an entry, all or none of them.
func (s *state) apply(number int, e entry) error {
	next := state{groups: maps.Clone(s.groups), failures: s.failures}
	if next.groups == nil {
		next.groups = map[string]group{}
	}
	for _, c := range e.changes {
		if err := next.change(c, e.at); err != nil {
			s.failed(c.key, e.at)
			return fmt.Errorf("pushed metrics are invalid or inconsistent with existing metrics: %w", err)
		}
	}
	s.groups = next.groups
	for _, c := range e.changes {
		if c.how == remove {
			delete(s.failures, keyText(c.key))
		}
	}
	s.samples = append(s.samples, e.samples...)
	if e.producer != "" {
		s.remember(e.producer, e.sequence, number)
	}
	return nil
}

func (s *state) remember(name string, sequence uint64, number int) {
	if s.producers == nil {
		s.producers = map[string]producer{}
	}
	p := s.producers[name]
	if p.entries == nil {
		p.entries = map[uint64]int{}
	}
	p.entries[sequence] = number
	p.highest = max(p.highest, sequence)
	s.producers[name] = p
}

func (s *state) failed(key map[string]string, at time.Time) {
	if s.twin(key) != "" {
		return // a scrape would have the time twice
	}
	if s.failures == nil {
		s.failures = map[string]group{}
	}
	s.failures[keyText(key)] = group{key: key, time: at}
}

func (s *state) list() []Group {
	all := maps.Clone(s.failures)
	if all == nil {
		all = map[string]group{}
	}
	maps.Copy(all, s.groups)
	var list []Group
	for _, text := range slices.Sorted(maps.Keys(all)) {
		g := s.groups[text]
		families := slices.Collect(maps.Values(g.families))
		families = append(families,
			pushTime(timeName, "Last Unix time when changing this group in the Pushgateway succeeded.", all[text].key, g.time),
			pushTime(failureName, "Last Unix time when changing this group in the Pushgateway failed.", all[text].key, s.failures[text].time))
		slices.SortFunc(families, byFamilyName)
		list = append(list, Group{Labels: maps.Clone(all[text].key), Families: families})
	}
	return list
}

// pushTime is one of the gateway's own families in a group.
func pushTime(name, help string, key map[string]string, at time.Time) *dto.MetricFamily {
	var seconds float64
	if !at.IsZero() {
		seconds = float64(at.UnixNano()) / 1e9
	}
	kind := dto.MetricType_GAUGE
	return &dto.MetricFamily{Name: &name, Help: &help, Type: &kind, Metric: []*dto.Metric{
		{Label: withKey(nil, key), Gauge: &dto.Gauge{Value: &seconds}},
	}}
}
