package push

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	dto "github.com/prometheus/client_model/go"
)

// encodeJSON returns b as a JSON list of samples, nil if it has none.
func encodeJSON(b *Batch) ([]byte, error) {
	families, err := b.Families()
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{key: map[string]bool{"job": true}}
	if err := w.setGroup(b); err != nil {
		return nil, err
	}
	for _, f := range families {
		if err := w.family(f); err != nil {
			return nil, fmt.Errorf("metric family %q: %w", f.GetName(), err)
		}
	}
	if len(w.out) == 0 {
		return nil, nil
	}
	return append(w.out, ']'), nil
}

// jsonWriter writes the samples of one batch.
type jsonWriter struct {
	out []byte

	key      map[string]bool // the names of the grouping key
	grouping []byte          // the grouping labels, each with a comma behind it
	job      []byte          // as a string
	kind     string          // the type of the present family
	metric   *dto.Metric     // the present series
}

var errNotUTF8 = errors.New("want UTF-8")

// setGroup writes once what is the same in all samples.
func (w *jsonWriter) setGroup(b *Batch) error {
	for _, l := range b.Grouping {
		w.key[l.Name] = true
		if l.Value == "" { // no value is no label
			continue
		}
		w.grouping = appendJSONLabel(w.grouping, l.Name, l.Value)
		if !utf8.ValidString(l.Name) || !utf8.ValidString(l.Value) {
			return fmt.Errorf("grouping label %q, value %q: %w", l.Name, l.Value, errNotUTF8)
		}
	}
	w.job = appendJSONString(nil, b.Job)
	if !utf8.ValidString(b.Job) {
		return fmt.Errorf("job %q: %w", b.Job, errNotUTF8)
	}
	return nil
}

// family writes all samples of f.
func (w *jsonWriter) family(f *dto.MetricFamily) error {
	kind, ok := jsonTypes[f.GetType()]
	if !ok {
		return fmt.Errorf("type %s: want one of Prometheus", f.GetType())
	}
	w.kind = kind
	if !utf8.ValidString(f.GetName()) {
		return errNotUTF8
	}
	for _, m := range f.GetMetric() {
		if err := w.checkLabels(m); err != nil {
			return err
		}
		w.metric = m
		w.series(f.GetName(), f.GetType())
	}
	return nil
}

// checkLabels refuses what would come out as a key twice, or as another string.
func (w *jsonWriter) checkLabels(m *dto.Metric) error {
	for _, l := range m.GetLabel() {
		switch {
		case w.key[l.GetName()]:
			return fmt.Errorf("label %q=%q is one of the grouping key: leave it out of the metric", l.GetName(), l.GetValue())
		case !utf8.ValidString(l.GetName()) || !utf8.ValidString(l.GetValue()):
			return fmt.Errorf("label %q, value %q: %w", l.GetName(), l.GetValue(), errNotUTF8)
		}
	}
	return nil
}

// sample writes one sample of the present series, with one more label if that has a name.
func (w *jsonWriter) sample(name string, value float64, label, labelValue string) {
	if len(w.out) == 0 {
		w.out = append(w.out, '[')
	} else {
		w.out = append(w.out, ',', '\n')
	}
	w.out = appendJSONString(append(w.out, `{"name":`...), name)
	w.out = appendJSONFloat(append(w.out, `,"value":`...), value)
	w.out = appendJSONString(append(w.out, `,"type":`...), w.kind)
	w.labels(label, labelValue)
	if w.metric != nil && w.metric.TimestampMs != nil {
		w.out = strconv.AppendInt(append(w.out, `,"timestamp":`...), *w.metric.TimestampMs, 10)
	}
	w.out = append(append(w.out, `,"job":`...), w.job...)
	w.out = append(w.out, '}')
}

func (w *jsonWriter) labels(label, labelValue string) {
	w.out = append(w.out, `,"labels":{`...)
	for _, l := range w.metric.GetLabel() {
		w.out = appendJSONLabel(w.out, l.GetName(), l.GetValue())
	}
	w.out = append(w.out, w.grouping...)
	if label != "" {
		w.out = appendJSONLabel(w.out, label, labelValue)
	}
	w.out = append(bytes.TrimSuffix(w.out, comma), '}')
}

var comma = []byte{','}

// appendJSONLabel appends a label with a comma behind it.
func appendJSONLabel(dst []byte, name, value string) []byte {
	dst = append(appendJSONString(dst, name), ':')
	return append(appendJSONString(dst, value), ',')
}
