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
	if twin := s.twin(c.key); twin != "" {
		return fmt.Errorf("group %s: its series would be those of group %s", text, twin)
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
		next.families[f.GetName()] = f
	}
	for _, f := range families {
		if err := s.fits(text, next, f); err != nil {
			return err
		}
	}
	s.groups[text] = next
	return nil
}
