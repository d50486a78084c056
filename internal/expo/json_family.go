package expo

import "strings"

// place adds an entry to the family that its type and name say it is a part of.
// The order of the entries does not matter.
func (r *jsonReader) place(e *jsonEntry) error {
	name, role, err := r.partOf(e)
	if err != nil {
		return err
	}
	i, err := r.familyFor(e, name)
	if err != nil {
		return err
	}
	f, st := r.family(i)
	if hasCount(f.Type) {
		return r.addPart(f, st, role, e)
	}
	return r.addValue(f, st, e)
}

// partOf returns the name of the family and what the entry is to it.
func (r *jsonReader) partOf(e *jsonEntry) (string, role, error) {
	switch {
	case !e.typed || !hasCount(e.typ):
		return e.name, roleValue, nil
	case e.typ == Summary && hasLabel(e.labels, "quantile"):
		return e.name, roleValue, nil
	case isHistogram(e.typ) && hasLabel(e.labels, "le"):
		if base, ok := strings.CutSuffix(e.name, "_bucket"); ok && base != "" {
			return base, roleBucket, nil
		}
	default:
		if base, ok := strings.CutSuffix(e.name, "_sum"); ok && base != "" {
			return base, roleSum, nil
		}
		if base, ok := strings.CutSuffix(e.name, "_count"); ok && base != "" {
			return base, roleCount, nil
		}
	}
	parts := `x_bucket with a label "le", x_sum or x_count`
	if e.typ == Summary {
		parts = `x with a label "quantile", x_sum or x_count`
	}
	return "", 0, r.fail(e.at, e.name, "%s with these labels is no part of a %s: want %s, for a metric x", quote(e.name), e.typ, parts)
}

// familyFor finds or makes a family and gives it the entry's type and help text.
func (r *jsonReader) familyFor(e *jsonEntry, name string) (int32, error) {
	var i int32
	if entry, slot := r.names.find(name); entry != nil {
		i = entry.family
	} else {
		i = r.newFamily(name)
		r.names.add(slot, name, i, roleValue)
	}
	f, st := r.family(i)
	switch {
	case !e.typed && hasCount(f.Type):
		return 0, r.fail(e.at, e.name, "no type, but other entries say that %s is a %s: want its samples with that type", quote(name), f.Type)
	case e.typed && st.typed && e.typ != f.Type, e.typed && hasCount(e.typ) && !st.typed && len(f.Metrics) > 0:
		return 0, r.fail(e.at, e.name, "type %s, but %s is of type %s in other entries: a metric has one type", e.typ, quote(name), f.Type)
	case e.typed:
		f.Type, st.typed = e.typ, true
	}
	if e.hasHelp && f.HasHelp && e.help != f.Help {
		return 0, r.fail(e.at, e.name, "a second help text for metric %s: want the same %s, or none", quote(name), quote(f.Help))
	}
	if e.hasHelp {
		f.Help, f.HasHelp = e.help, true
	}
	return i, nil
}

// addValue adds a metric of one value, or puts the newer value in the place of the
// older. Without timestamps a series that comes twice is for others to refuse.
func (r *jsonReader) addValue(f *Family, st *familyState, e *jsonEntry) error {
	if r.timed {
		if i := r.findMetric(f, st, e.labels); i >= 0 && (e.hasTimestamp || f.Metrics[i].HasTimestamp) {
			r.superseded++
			if m := &f.Metrics[i]; !e.older(m) {
				m.Value, m.TimestampMs, m.HasTimestamp = e.value, e.timestamp, e.hasTimestamp
			}
			return nil
		}
	}
	return r.add(f, st, roleValue, &e.sample)
}

// older is whether e was measured before m. What has no timestamp is from now.
func (e *jsonEntry) older(m *Metric) bool {
	return e.hasTimestamp && (!m.HasTimestamp || e.timestamp < m.TimestampMs)
}

// jsonParts is what a summary or a histogram has been given: roles, as bits, and
// how many samples in all.
type jsonParts struct {
	given   uint8
	samples uint32
}

// addPart adds a sample to its summary or histogram. That is one measurement, so a
// newer sample takes the place of all the older ones.
func (r *jsonReader) addPart(f *Family, st *familyState, role role, e *jsonEntry) error {
	i := r.findMetric(f, st, r.without(e.labels, ownLabel(f.Type)))
	for int(st.id) >= len(r.measured) {
		r.measured = append(r.measured, nil)
	}
	if i < 0 {
		i = len(f.Metrics)
		r.measured[st.id] = append(r.measured[st.id], jsonParts{})
	} else if m := &f.Metrics[i]; e.older(m) {
		r.superseded++
		return nil
	} else if e.timestamp != m.TimestampMs || e.hasTimestamp != m.HasTimestamp {
		r.startAnew(m, &r.measured[st.id][i])
	}
	parts, bit := &r.measured[st.id][i], uint8(1)<<role
	if parts.given&bit != 0 && (role == roleSum || role == roleCount) {
		return r.fail(e.at, e.name, "%s %s was given before: want each sample once, or with different timestamps", quote(e.name), describe(e.labels))
	}
	parts.given |= bit
	parts.samples++
	return r.add(f, st, role, &e.sample)
}

func (r *jsonReader) startAnew(m *Metric, parts *jsonParts) {
	r.superseded += int(parts.samples)
	*parts = jsonParts{}
	m.TimestampMs, m.HasTimestamp = 0, false
	if m.Summary != nil {
		*m.Summary = SummaryValue{}
	} else {
		*m.Histogram = HistogramValue{}
	}
}

// without returns labels but for one. It is valid until the next call.
func (r *jsonReader) without(labels []Label, name string) []Label {
	r.scratch = r.scratch[:0]
	for _, l := range labels {
		if l.Name != name {
			r.scratch = append(r.scratch, l)
		}
	}
	return r.scratch
}

// dropTimestamps returns the newest, 0 if there are metrics without one.
func (r *jsonReader) dropTimestamps() (newest int64) {
	all := true
	for i := range r.fams {
		for j := range r.fams[i].Metrics {
			m := &r.fams[i].Metrics[j]
			newest, all = max(newest, m.TimestampMs), all && m.HasTimestamp
			m.TimestampMs, m.HasTimestamp = 0, false
		}
	}
	if !all {
		return 0
	}
	return newest
}

// ownLabel is the label that samples of a type have beside those of the metric.
func ownLabel(t Type) string {
	if t == Summary {
		return "quantile"
	}
	return "le"
}

func hasLabel(labels []Label, name string) bool {
	for i := range labels {
		if labels[i].Name == name {
			return true
		}
	}
	return false
}
