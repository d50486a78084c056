package pushtest

import (
	"fmt"
	"maps"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// how is what a change does to its group.
type how int

const (
	replace how = iota
	merge
	add
	remove
)

// change is what one push does to one group.
type change struct {
	key      map[string]string
	how      how
	families []*dto.MetricFamily // as pushed
}

// change makes c in s, or leaves s as it is and says why.
func (s *state) change(c change, at time.Time) error {
	text := keyText(c.key)
	if c.how == remove {
		delete(s.groups, text)
		return nil
	}
	families, err := prepare(c.families, c.key)
	if err != nil {
		return err
	}
	if c.how == add {
		if families, err = increments(families); err != nil {
			return err
		}
	}
	next := group{key: c.key, time: at, families: map[string]*dto.MetricFamily{}}
	if c.how != replace {
		maps.Copy(next.families, s.groups[text].families)
	}
	for _, f := range families {
		if old := next.families[f.GetName()]; old != nil && c.how == add {
			if f, err = sum(old, f); err != nil {
				return err
			}
		}
		if err := s.fits(text, f); err != nil {
			return err
		}
		next.families[f.GetName()] = f
	}
	s.groups[text] = next
	return nil
}

// fits refuses a family that a scrape couldn't show beside those of other groups.
func (s *state) fits(text string, f *dto.MetricFamily) error {
	var series map[string]bool
	for other, g := range s.groups {
		resident := g.families[f.GetName()]
		if other == text || resident == nil {
			continue
		}
		if resident.GetType() != f.GetType() {
			return fmt.Errorf("metric family %q has type %s here, but %s in group %s", f.GetName(), f.GetType(), resident.GetType(), other)
		}
		if series == nil {
			series = seriesOf(f)
		}
		for _, m := range resident.Metric {
			if id := seriesText(m); series[id] {
				return fmt.Errorf("series %s%s is in group %s already", f.GetName(), id, other)
			}
		}
	}
	return nil
}

func seriesOf(f *dto.MetricFamily) map[string]bool {
	series := make(map[string]bool, len(f.Metric))
	for _, m := range f.Metric {
		series[seriesText(m)] = true
	}
	return series
}
