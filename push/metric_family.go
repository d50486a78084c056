package push

import (
	"cmp"
	"slices"
	"sync/atomic"

	dto "github.com/prometheus/client_model/go"
)

// family is all series of one name.
type family struct {
	recorder   *Recorder
	name, help string
	kind       familyKind
	// names are the labels in the order in which a handle is given their values. A
	// family without a handle, made by Record, is free: its series have any labels.
	names  []string
	free   bool
	bounds []float64 // of a histogram, ascending, without +Inf
	handle any       // *Counter, *Gauge or *Histogram
	// broken is why the handle records nothing.
	broken *refusal
	// known are the label values that the handle has seen.
	known seriesTable
	// reported has a bit for each reason that onRefused was told since the last drain.
	reported atomic.Uint32

	// Guarded by Recorder.mu.
	index    map[string]*series // by labelKey
	series   []*series
	unsorted bool
	overflow *series // takes what is beyond the policy's cap; nil until needed
}

// familyKind is a family's type.
type familyKind uint8

const (
	counterKind familyKind = iota
	gaugeKind
	histogramKind
)

var familyKindNames = [...]string{"counter", "gauge", "histogram"}

func (k familyKind) String() string { return familyKindNames[k] }

func (k familyKind) protobuf() dto.MetricType {
	return [...]dto.MetricType{dto.MetricType_COUNTER, dto.MetricType_GAUGE, dto.MetricType_HISTOGRAM}[k]
}

// op is what Record does to a series of this kind.
func (k familyKind) op() seriesOp { return [...]seriesOp{opAdd, opSet, opObserve}[k] }

func newFamily(k familyKind, name, help string, names []string) *family {
	return &family{name: name, help: help, kind: k, names: slices.Clone(names)}
}

// do records in the series of these label values.
func (f *family) do(o seriesOp, v float64, values []string) {
	if e := f.known.findValues(values); e == nil || !f.kind.takes(v) || !e.do(o, v, noTime) {
		f.doAnew(o, v, values)
	}
}

// doAnew records in a series that isn't known by these values and returns where
// that is, or counts what was refused and returns nil. It keeps copies of values only.
func (f *family) doAnew(o seriesOp, v float64, values []string) *tableEntry {
	raw, why := f.label(values)
	for why == nil {
		var e *tableEntry
		if e, why = f.recorder.admit(f, f.name, raw, v); why != nil {
			break
		}
		if e.do(o, v, noTime) {
			return e
		}
	}
	_ = f.recorder.refuse(f, why)
	return nil
}

// label puts a handle's label names to values, which it copies.
func (f *family) label(values []string) ([]Label, *refusal) {
	if f.broken != nil {
		return nil, f.broken
	}
	if len(values) != len(f.names) {
		return nil, f.refuseCount(len(values))
	}
	set := make([]Label, len(values))
	for i, v := range values {
		set[i] = cloneLabel(Label{Name: f.names[i], Value: v})
	}
	return set, nil
}

// sorted returns the series in the order of an exposition. r.mu is held.
func (f *family) sorted() []*series {
	if f.unsorted {
		slices.SortFunc(f.series, func(a, b *series) int { return compareLabels(a.labels, b.labels) })
		f.unsorted = false
	}
	return f.series
}

// compareLabels orders sorted label sets as Prometheus's registry does: by their
// number, then by the values in the order of the names; then by the names.
func compareLabels(a, b []Label) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	for i := range a {
		if c := cmp.Compare(a[i].Value, b[i].Value); c != 0 {
			return c
		}
	}
	return slices.CompareFunc(a, b, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
}

// bound is one series of a handle, looked up once. If the series is evicted, the
// next use makes it again.
type bound struct {
	family *family
	values []string
	entry  atomic.Pointer[tableEntry]
}

// bind looks the series up, and makes it so that it is sent before anything is recorded.
func (b *bound) bind(f *family, values []string) {
	b.family, b.values = f, slices.Clone(values)
	raw, why := f.label(values)
	if why == nil {
		var e *tableEntry
		if e, why = f.recorder.admit(f, f.name, raw, 0); why == nil {
			b.entry.Store(e)
			return
		}
	}
	_ = f.recorder.refuse(f, why)
}

func (b *bound) do(o seriesOp, v float64) {
	if e := b.entry.Load(); e != nil && !e.series.isEvicted() && b.family.kind.takes(v) && e.do(o, v, noTime) {
		return
	}
	if e := b.family.doAnew(o, v, b.values); e != nil {
		b.entry.Store(e)
	}
}
