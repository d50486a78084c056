package pushtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// fits refuses a family of next, which is to be the group of that key, if a scrape
// couldn't show it beside the others of that group and of all other groups.
func (s *state) fits(text string, next group, f *dto.MetricFamily) error {
	series := seriesOf(f)
	for _, other := range slices.Sorted(maps.Keys(s.groups)) {
		if other == text {
			continue
		}
		for _, resident := range s.groups[other].families {
			if err := besides(f, resident); err != nil {
				return fmt.Errorf("%w in group %s", err, other)
			}
		}
		for _, m := range s.groups[other].families[f.GetName()].GetMetric() {
			if id := seriesText(m); series[id] {
				return fmt.Errorf("series %s%s is in group %s already", f.GetName(), id, other)
			}
		}
	}
	for _, sibling := range next.families {
		if err := besides(f, sibling); err != nil {
			return fmt.Errorf("%w in the same group", err)
		}
	}
	return nil
}

// besides refuses two families of one name and two types, and two that show
// series of one name, as a histogram m and a counter m_count do.
func besides(f, other *dto.MetricFamily) error {
	if f.GetName() == other.GetName() {
		if f.GetType() != other.GetType() {
			return fmt.Errorf("metric family %q has type %s here, but %s", f.GetName(), f.GetType(), other.GetType())
		}
		return nil
	}
	if !strings.HasPrefix(f.GetName(), other.GetName()) && !strings.HasPrefix(other.GetName(), f.GetName()) {
		return nil // a name that both show is one of their own and the other's with a suffix
	}
	names := shown(other)
	for _, name := range shown(f) {
		if slices.Contains(names, name) {
			return fmt.Errorf("metric family %q of type %s collides with %q of type %s", f.GetName(), f.GetType(), other.GetName(), other.GetType())
		}
	}
	return nil
}

// shown are the names that a family has in a scrape, its own among them.
func shown(f *dto.MetricFamily) []string {
	name := f.GetName()
	switch f.GetType() {
	case dto.MetricType_SUMMARY:
		return []string{name, name + "_sum", name + "_count"}
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		return []string{name, name + "_sum", name + "_count", name + "_bucket"}
	}
	return []string{name}
}

func seriesOf(f *dto.MetricFamily) map[string]bool {
	series := make(map[string]bool, len(f.Metric))
	for _, m := range f.Metric {
		series[seriesText(m)] = true
	}
	return series
}

// twin returns another group that a scrape can't tell from that of key, as one
// has an empty instance and the other none.
func (s *state) twin(key map[string]string) string {
	other := maps.Clone(key)
	switch instance, given := key["instance"]; {
	case !given:
		other["instance"] = ""
	case instance == "":
		delete(other, "instance")
	default:
		return ""
	}
	if _, there := s.groups[keyText(other)]; there {
		return keyText(other)
	}
	if _, there := s.failures[keyText(other)]; there {
		return keyText(other)
	}
	return ""
}
