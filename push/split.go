package push

import (
	"fmt"

	dto "github.com/prometheus/client_model/go"
)

// split returns the halves of a batch that is too large for its target. State is
// cut between families only, since a push replaces whole families: the first half
// replaces the group if the batch does, the second merges. Increments and samples
// may be cut within a family too.
func split(b *Batch) ([]*Batch, error) {
	families, err := b.Families()
	if err != nil {
		return nil, err
	}
	first, second := halve(families)
	if second == nil && b.Mode.ordered() && len(families) == 1 {
		first, second = halveFamily(families[0])
	}
	if second == nil {
		return nil, fmt.Errorf("too large for the target, and can't be made smaller: it is %s", describe(families))
	}
	a, z := b.with(first), b.with(second)
	if b.Mode == Replace {
		z.Mode = Merge
	}
	return []*Batch{a, z}, nil
}

// with returns a batch like b with other families.
func (b *Batch) with(families []*dto.MetricFamily) *Batch {
	part := NewBatch(b.Job, b.Grouping, b.Mode, families)
	part.Lifetime, part.Run = b.Lifetime, b.Run
	return part
}

// halve cuts a list of families where about half of the metrics are on each side.
func halve(families []*dto.MetricFamily) (first, second []*dto.MetricFamily) {
	if len(families) < 2 {
		return families, nil
	}
	all, seen := 0, 0
	for _, f := range families {
		all += len(f.Metric)
	}
	for i, f := range families[:len(families)-1] {
		seen += len(f.Metric)
		if 2*seen >= all {
			return families[:i+1], families[i+1:]
		}
	}
	last := len(families) - 1
	return families[:last], families[last:]
}

func halveFamily(f *dto.MetricFamily) (first, second []*dto.MetricFamily) {
	if len(f.Metric) < 2 {
		return nil, nil
	}
	part := func(metrics []*dto.Metric) []*dto.MetricFamily {
		return []*dto.MetricFamily{{Name: f.Name, Help: f.Help, Type: f.Type, Unit: f.Unit, Metric: metrics}}
	}
	mid := len(f.Metric) / 2
	return part(f.Metric[:mid]), part(f.Metric[mid:])
}

func describe(families []*dto.MetricFamily) string {
	switch {
	case len(families) == 0:
		return "empty"
	case len(families[0].Metric) == 1:
		return fmt.Sprintf("one series of metric %q", families[0].GetName())
	}
	return fmt.Sprintf("the metric family %q with %d series, which a push replaces as a whole",
		families[0].GetName(), len(families[0].Metric))
}
