package shadow

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The kinds of Difference.
const (
	OnlyOld = "only-old" // the new one doesn't show the series
	OnlyNew = "only-new"
	Value   = "value"
	Type    = "type"
)

// Difference is something that the two show differently, in two comparisons running.
type Difference struct {
	Kind string `json:"kind"`
	// Series is a series as the text format has it, or a family's name if Kind is Type.
	Series string `json:"series"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

// mostDifferences bounds how many are listed.
const mostDifferences = 1000

// Comparison is what was found when both were scraped.
type Comparison struct {
	Time time.Time `json:"time"`
	// Same counts the series that both show alike.
	Same int `json:"same"`
	// Before counts the series that only the old one had when the shadow began, and that
	// nobody has pushed since.
	Before int `json:"before"`
	// Moving counts those that differed only once, or changed meanwhile: pushes arrive
	// while the two are scraped.
	Moving int `json:"moving"`
	// Differences are the others, sorted by series; the first 1,000 of them.
	Differences []Difference `json:"differences"`
	// More counts those beyond.
	More int `json:"more,omitempty"`
}

type comparer struct {
	running sync.Mutex // held during a comparison

	mu     sync.Mutex
	before map[string]string // series that only the old one had at first; nil before Begin
	last   *Comparison
	ever   int // comparisons
}

// Begin notes what only the old gateway shows, from before the shadow.
func (p *Proxy) Begin(ctx context.Context) error {
	old, latest, err := p.scrape(ctx)
	if err != nil {
		return err
	}
	before := map[string]string{}
	for series, value := range old.values {
		if _, ok := latest.values[series]; !ok {
			before[series] = value
		}
	}
	c := &p.compare
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = before
	return nil
}

// Compare scrapes both gateways, and once more where they differ. Neither is held up for it.
func (p *Proxy) Compare(ctx context.Context) (*Comparison, error) {
	c := &p.compare
	c.running.Lock()
	defer c.running.Unlock()
	first, same, err := p.differences(ctx)
	again := first
	if err == nil && len(first) > 0 {
		again, same, err = p.differences(ctx)
	}
	if err != nil {
		return nil, err
	}
	now := &Comparison{Same: same, Differences: []Difference{}}
	now.keep(again, first)
	c.mu.Lock()
	defer c.mu.Unlock()
	now.Time = time.Now()
	now.setAside(c.before)
	now.bound()
	c.last = now
	c.ever++
	return now, nil
}

// keep takes the differences that are the same as before.
func (c *Comparison) keep(again, first []Difference) {
	was := make(map[Difference]bool, len(first))
	for _, d := range first {
		was[d] = true
	}
	for _, d := range again {
		if was[d] {
			c.Differences = append(c.Differences, d)
		} else {
			c.Moving++
		}
	}
}

// setAside counts the series that were there before, instead of listing them.
func (c *Comparison) setAside(before map[string]string) {
	c.Differences = slices.DeleteFunc(c.Differences, func(d Difference) bool {
		value, ok := before[d.Series]
		if d.Kind != OnlyOld || !ok || value != d.Old {
			return false
		}
		c.Before++
		return true
	})
}

func (c *Comparison) bound() {
	slices.SortFunc(c.Differences, func(a, b Difference) int { return strings.Compare(a.Series, b.Series) })
	if n := len(c.Differences) - mostDifferences; n > 0 {
		c.Differences, c.More = c.Differences[:mostDifferences], n
	}
}

func (p *Proxy) differences(ctx context.Context) (all []Difference, same int, err error) {
	old, latest, err := p.scrape(ctx)
	if err != nil {
		return nil, 0, err
	}
	for series, value := range old.values {
		other, ok := latest.values[series]
		switch {
		case !ok:
			all = append(all, Difference{OnlyOld, series, value, ""})
		case other != value:
			all = append(all, Difference{Value, series, value, other})
		default:
			same++
		}
	}
	for series, value := range latest.values {
		if _, ok := old.values[series]; !ok {
			all = append(all, Difference{OnlyNew, series, "", value})
		}
	}
	for name, typ := range old.types {
		if other, ok := latest.types[name]; ok && other != typ {
			all = append(all, Difference{Type, name, typ, other})
		}
	}
	return all, same, nil
}

// scrape reads both at the same time.
func (p *Proxy) scrape(ctx context.Context) (old, latest *exposition, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.opt.Timeout)
	defer cancel()
	var oldErr, newErr error
	var wg sync.WaitGroup
	wg.Go(func() { old, oldErr = p.old.scrape(ctx) })
	wg.Go(func() { latest, newErr = p.new.scrape(ctx) })
	wg.Wait()
	switch {
	case oldErr != nil:
		return nil, nil, oldErr
	case newErr != nil:
		return nil, nil, newErr
	}
	return old, latest, nil
}

func (s *side) scrape(ctx context.Context) (*exposition, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.url.String(), "/")+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/plain;version=0.0.4")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("scraping the %s gateway: %w", s.name, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("scraping the %s gateway: %s answered %s", s.name, req.URL.Redacted(), resp.Status)
	}
	return readExposition(resp.Body)
}
