package labels

import dto "github.com/prometheus/client_model/go"

// groupingKey is the labels that all series of a push have from its group.
type groupingKey []Label

// says is whether a series needs no label l of its own.
func (k groupingKey) says(l Label) bool {
	for i := range k {
		if k[i].Name == l.Name {
			return l.Value == "" || l.Value == k[i].Value
		}
	}
	return false
}

// saysOf is whether a series of f has a label that it doesn't need.
func (k groupingKey) saysOf(f *dto.MetricFamily) bool {
	if len(k) == 0 {
		return false
	}
	for _, m := range f.Metric {
		for _, l := range m.Label {
			if k.says(Label{l.GetName(), l.GetValue()}) {
				return true
			}
		}
	}
	return false
}
