package push

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/push/pushtest"
	"github.com/headgate/headgate/push/spool"
)

// amounts are the values of series by name and label values.
type amounts map[string]float64

func (a amounts) add(series string, v float64) { a[series] += v }

// observe is what an observation adds to a histogram.
func (a amounts) observe(series string, bounds []float64, v float64) {
	a.add(series+",sum", v)
	a.add(series+",count", 1)
	for _, bound := range bounds {
		if v <= bound {
			a.add(fmt.Sprint(series, ",", bound), 1)
		}
	}
}

// amountsOf flattens families but for the labels of the group, gauges and zeros.
func amountsOf(families []*dto.MetricFamily) amounts {
	a := amounts{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			series := f.GetName()
			for _, l := range m.GetLabel() {
				if name := l.GetName(); name != "job" && name != "instance" {
					series += "," + l.GetValue()
				}
			}
			if v := m.GetCounter().GetValue(); v != 0 {
				a.add(series, v)
			}
			h := m.GetHistogram()
			if h.GetSampleCount() == 0 {
				continue
			}
			a.add(series+",sum", h.GetSampleSum())
			a.add(series+",count", float64(h.GetSampleCount()))
			for _, b := range h.GetBucket() {
				a.add(fmt.Sprint(series, ",", b.GetUpperBound()), float64(b.GetCumulativeCount()))
			}
		}
	}
	maps.DeleteFunc(a, func(series string, v float64) bool { return v == 0 || strings.HasSuffix(series, ",+Inf") })
	return a
}

// account is what was recorded, and what the clients say of it.
type account struct {
	hits        int
	sure, maybe amounts // what has to arrive; what may
	depth       float64
	overlapped  bool // there were several clients at a time

	mu     sync.Mutex
	failed map[string][]Event // by target
}

func (a *account) keep(recorded amounts)   { merge(&a.sure, recorded) }
func (a *account) unsure(recorded amounts) { merge(&a.maybe, recorded) }

func merge(to *amounts, from amounts) {
	if *to == nil {
		*to = amounts{}
	}
	for series, v := range from {
		to.add(series, v)
	}
}

func (a *account) fail(ev Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failed[ev.Target] = append(a.failed[ev.Target], ev)
}

// check compares what was recorded with what each gateway has.
func (c *chaos) check() {
	for i, g := range c.gateways {
		name := []string{primaryName, "other"}[i]
		c.checkSums(name, g)
		checkPushes(c.t, name, g.Gateway)
		for _, ev := range c.account.failed[name] {
			if !c.plan.mayLose(ev.Err) {
				c.t.Errorf("%s: lost without need: %+v", name, ev)
			}
		}
		if c.plan.Spool {
			if left, err := spool.List(c.dir + "/" + name); err != nil || len(left) > 0 {
				c.t.Errorf("%s: left in the spool: %+v %v", name, left, err)
			}
		}
	}
}

func (c *chaos) checkSums(name string, g *unruly) {
	a := &c.account
	lost, counted := 0, 0 // samples of batches that failed; of those that counted all the same
	for _, ev := range a.failed[name] {
		lost += ev.Samples
		if applied(g.Gateway, ev) {
			counted += ev.Samples
		}
	}
	missing, wrong := a.compare(amountsOf(familiesOf(g.Gateway)), lost > 0)
	if len(wrong) > 0 {
		c.t.Errorf("%s: %d series are wrong: %q", name, len(wrong), wrong[:min(10, len(wrong))])
	}
	if missing > lost || c.plan.OnlySingle && c.crashes == 0 && missing != lost-counted {
		c.t.Errorf("%s: %d samples are missing, said to be lost were %d, of which %d counted", name, missing, lost, counted)
	}
	if a.overlapped || c.crashes > 0 || lost > 0 {
		return // which gauge was last nobody knows
	}
	if v, ok := g.Lookup("depth", "queue", "in"); ok && v != a.depth {
		c.t.Errorf("%s: the gauge is %v, last was %v", name, v, a.depth)
	}
}

// compare says what of got can't be, and how many series lack something that may be
// lost.
func (a *account) compare(got amounts, lossy bool) (missing int, wrong []string) {
	for series, v := range got {
		if most := a.sure[series] + a.maybe[series]; v > most {
			wrong = append(wrong, fmt.Sprintf("%s is %v, recorded was %v", series, v, most))
		}
	}
	for series, least := range a.sure {
		switch v := got[series]; {
		case v >= least:
		case lossy:
			missing++
		default:
			wrong = append(wrong, fmt.Sprintf("%s is %v, recorded was %v and nothing lost", series, v, least))
		}
	}
	slices.Sort(wrong)
	return missing, wrong
}

func familiesOf(g *pushtest.Gateway) []*dto.MetricFamily {
	for _, group := range g.Groups() {
		if group.Labels["job"] == "chaos" {
			return group.Families
		}
	}
	return nil
}

// applied is whether a batch counted that the client gave up. One that a bound
// pushed out was never tried, and its number may have become another's.
func applied(g *pushtest.Gateway, ev Event) bool {
	for _, p := range g.Pushes() {
		if p.Applied && !errors.Is(ev.Err, errLost) && p.Producer == ev.Producer && p.Sequence == ev.Sequence {
			return true
		}
	}
	return false
}

// checkPushes looks at the requests: a producer's are applied in order, and under
// one number goes one content, but for what the gateway certainly has not taken:
// too large, or asked to wait.
func checkPushes(t *testing.T, name string, g *pushtest.Gateway) {
	bodies := map[string][]byte{}
	for _, p := range g.Pushes() {
		if p.OutOfOrder {
			t.Errorf("%s: %v", name, p)
		}
		if p.Status == 413 || p.Status == 429 || p.Status == 503 || p.Families == nil {
			continue
		}
		number := fmt.Sprint(p.Producer, "/", p.Sequence)
		if before, ok := bodies[number]; ok && !bytes.Equal(before, p.Body) {
			t.Errorf("%s: %v has another content than before", name, p)
		}
		bodies[number] = p.Body
	}
}

// mayLose is whether a loss has a reason that is no fault of the client.
func (p *plan) mayLose(why error) bool {
	switch send := new(SendError); {
	case errors.Is(why, errLeft):
		return !p.Spool
	case errors.Is(why, errNeverSure):
		return p.Loss == tooLarge
	case errors.As(why, &send):
		return p.Loss == tooLarge && send.Class == TooLarge || p.Loss == turnedDown && send.Class == Final
	default:
		return p.Loss == tooMuch
	}
}
