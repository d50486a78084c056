package labels

import dto "github.com/prometheus/client_model/go"

// kept is which series of a metric have a place under its cap.
type kept struct {
	series map[uint64]bool // by hash of their labels; whether the last gather had it
	// overflow is the labels of the series that takes the rest, once there was one.
	overflow []Label
	full     bool // the last gather had series beyond the cap
}

// maxForgetful is how many metrics with a cap are remembered while they aren't
// gathered, as when their collector fails.
const maxForgetful = 1000

func (g *gatherer) keptOf(metric string) *kept {
	k := g.kept[metric]
	if k == nil {
		k = &kept{series: map[uint64]bool{}}
		g.kept[metric] = k
	}
	return k
}

// forget bounds the metrics remembered.
func (g *gatherer) forget(gathered []*dto.MetricFamily) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.kept) <= len(gathered)+maxForgetful {
		return
	}
	present := make(map[string]bool, len(gathered))
	for _, f := range gathered {
		present[f.GetName()] = true
	}
	for name := range g.kept {
		if !present[name] {
			delete(g.kept, name)
		}
	}
}

// admit gives places to as many of the series as the limit allows, those first that
// had one before, then in the order given. It returns which series go to the rest, or nil.
//
// A place of a series that went away is free again only if the last gather had no
// rest: otherwise a series might come out of the rest, which would go back by its value.
// So there are as many places taken as there may be while there is a rest.
func (k *kept) admit(series []uint64, limit int) map[uint64]bool {
	for hash := range k.series {
		k.series[hash] = false
	}
	for _, hash := range series {
		if _, ok := k.series[hash]; ok {
			k.series[hash] = true
		}
	}
	if !k.full {
		for hash, present := range k.series {
			if !present {
				delete(k.series, hash)
			}
		}
	}
	var rest map[uint64]bool
	for _, hash := range series {
		if _, ok := k.series[hash]; ok {
			continue
		}
		if len(k.series) < limit {
			k.series[hash] = true
			continue
		}
		if rest == nil {
			rest = map[uint64]bool{}
		}
		rest[hash] = true
	}
	k.full = rest != nil
	return rest
}
