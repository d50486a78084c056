package push

import (
	"time"

	dto "github.com/prometheus/client_model/go"
)

// exemplar is one sample of a counter or of a bucket, with the labels that the
// policy stripped from it. It is immutable.
type exemplar struct {
	labels []Label
	value  float64
	at     time.Time
}

// exemplarOf makes an exemplar of a sample with e's raw labels, nil if none of them
// is for one. The series then pays for no more than the question.
func (e *tableEntry) exemplarOf(v float64) *exemplar {
	if e.exemplar == nil {
		return nil
	}
	return &exemplar{labels: e.exemplar, value: v, at: e.series.family.recorder.config.now()}
}

// protobuf returns x for an exposition, nil if there is none.
func (x *exemplar) protobuf() *dto.Exemplar {
	if x == nil {
		return nil
	}
	e := &dto.Exemplar{Label: labelPairs(x.labels), Value: new(x.value)}
	e.Timestamp = newOf(e.Timestamp)
	e.Timestamp.Seconds, e.Timestamp.Nanos = x.at.Unix(), int32(x.at.Nanosecond())
	return e
}

// takeExemplar hands over a counter's exemplar, if there was one since the last
// time. A running total keeps it. Recorder.mu is held.
func (s *series) takeExemplar() *exemplar {
	x := s.exemplar.Swap(nil)
	if x != nil {
		s.newest = x
	}
	return x
}

// mark makes x the exemplar of a bucket.
func (t *tally) mark(bucket int, x *exemplar) {
	if t.exemplars == nil {
		t.exemplars = make([]*exemplar, len(t.buckets))
	}
	t.exemplars[bucket] = x
}

// exemplar returns a bucket's exemplar for an exposition, nil if there is none.
func (t *tally) exemplar(bucket int) *dto.Exemplar {
	if t.exemplars == nil {
		return nil
	}
	return t.exemplars[bucket].protobuf()
}
