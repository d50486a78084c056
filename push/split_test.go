package push

import (
	"fmt"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

func testFamily(name string, series int) *dto.MetricFamily {
	f := &dto.MetricFamily{Name: &name, Type: dto.MetricType_COUNTER.Enum()}
	for i := range series {
		l, n, v := "i", fmt.Sprint(i), float64(i)
		f.Metric = append(f.Metric, &dto.Metric{Label: []*dto.LabelPair{{Name: &l, Value: &n}}, Counter: &dto.Counter{Value: &v}})
	}
	return f
}

// The parts of a batch hold each series once, a family of state is never cut (a push
// would replace its first half by its second), and only the first part replaces.
func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		mode     Mode
		families []*dto.MetricFamily
		want     []int // samples of the parts; nil: it can't be split
		modes    []Mode
	}{
		"state":             {Replace, []*dto.MetricFamily{testFamily("a", 3), testFamily("b", 3)}, []int{3, 3}, []Mode{Replace, Merge}},
		"state of one":      {Merge, []*dto.MetricFamily{testFamily("a", 6)}, nil, nil},
		"lopsided state":    {Merge, []*dto.MetricFamily{testFamily("a", 1), testFamily("b", 9)}, []int{1, 9}, []Mode{Merge, Merge}},
		"increments":        {Delta, []*dto.MetricFamily{testFamily("a", 5)}, []int{2, 3}, []Mode{Delta, Delta}},
		"samples":           {Samples, []*dto.MetricFamily{testFamily("a", 2), testFamily("b", 2)}, []int{2, 2}, []Mode{Samples, Samples}},
		"one increment":     {Delta, []*dto.MetricFamily{testFamily("a", 1)}, nil, nil},
		"nothing to delete": {Delete, nil, nil, nil},
	} {
		b := NewBatch("j", []Label{{Name: "zone", Value: "x"}}, c.mode, c.families)
		parts, err := split(b)
		if c.want == nil {
			if err == nil {
				t.Errorf("%s: split into %d", name, len(parts))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, p := range parts {
			if p.Samples != c.want[i] || p.Mode != c.modes[i] || p.Job != "j" || len(p.Grouping) != 1 {
				t.Errorf("%s: part %d is %+v, want %d samples, mode %s", name, i, p, c.want[i], c.modes[i])
			}
		}
	}
}
