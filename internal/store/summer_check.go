package store

import (
	"fmt"
)

// checkLimits is Store.checkLimits for what the plan adds.
func (w *summer) checkLimits(over []OverLimit) ([]OverLimit, error) {
	if w.c.Terms.Limits == (Limits{}) {
		return over, nil
	}
	var sum weighing
	sum.begin(w.s, w.g, w.c)
	u := w.g.sum()
	rest := w.plan // in the order of the families
	for i := range w.c.Families {
		name, grows := w.c.Families[i].Name, int64(0)
		for len(rest) > 0 && rest[0].family == i {
			grows += rest[0].lines
			rest = rest[1:]
		}
		lines := grows
		if u != nil && u.families[name] != nil {
			lines += u.families[name].lines
		}
		sum.after += grows
		if sum.peak = max(sum.peak, lines); grows > 0 && lines > sum.most {
			sum.family, sum.most = name, lines
		}
	}
	return w.s.judge(&sum, &w.c.Terms.Limits, over)
}

func (w *summer) checkMode() error {
	want := w.c.Terms.Summing.Mode
	if has := w.g.mode(); w.g != nil && has != want && (has != Keep || len(w.g.held) > 0) {
		return modeConflict(w.c.Key, has, want)
	}
	return nil
}

func modeConflict(key string, has, want Mode) error {
	return &ConflictError{"mode", fmt.Sprintf("group %s has pushes with aggregate %s, and this one is with %s: push to another group, or delete this one first",
		formatKey(key), has, want)}
}

func (w *summer) checkEpoch() error {
	if p, q := w.pusher, w.c.Terms.Summing; p != nil && q.Epoch < p.epoch {
		return &SequenceError{true, fmt.Sprintf("pusher %q is in epoch %d, this push is of epoch %d", q.Pusher, p.epoch, q.Epoch)}
	}
	return nil
}

// Bounds on whose totals one sum remembers, and on what they pushed last, which takes about
// 300 bytes for each series.
const (
	mostPushers    = 10_000
	mostRemembered = 1 << 20
)

// checkPusher refuses a pusher that is one too many.
func (w *summer) checkPusher() error {
	u := w.g.sum()
	if w.c.Terms.Summing.Mode != Cumulative || w.pusher != nil || u == nil || len(u.pushers) < mostPushers {
		return nil
	}
	return &ConflictError{"pusher", fmt.Sprintf("group %s adds up %d pushers already, %d allowed: let silent ones go earlier by a shorter pusher_idle in the gateway's aggregate rule, or push to several groups",
		formatKey(w.c.Key), len(u.pushers), mostPushers)}
}

// checkRemembered refuses series that are too many over all pushers, once the plan is made.
func (w *summer) checkRemembered() error {
	q, u := &w.c.Terms.Summing, w.g.sum()
	if q.Mode != Cumulative || u == nil {
		return nil
	}
	more := len(w.plan)
	if p := w.pusher; p != nil && q.Epoch > p.epoch {
		more -= len(p.last) // of the life before
	} else if p != nil {
		for i := range w.plan {
			if _, known := p.last[lastKey{w.c.Families[w.plan[i].family].Name, w.plan[i].key}]; known {
				more--
			}
		}
	}
	if more <= 0 || u.remembered+more <= mostRemembered {
		return nil
	}
	return &ConflictError{"pusher", fmt.Sprintf("group %s would remember the totals of %d series of %d pushers, %d allowed: push fewer series, let silent pushers go earlier by a shorter pusher_idle in the gateway's aggregate rule, or push to several groups",
		formatKey(w.c.Key), u.remembered+more, len(u.pushers), mostRemembered)}
}

// checkFamily holds a family to its type and name, as check does.
func (w *summer) checkFamily(fc *FamilyChange, sf *sumFamily) error {
	if sf != nil {
		if t := sf.meta.family.Type; t != fc.Type {
			return &ConflictError{"type", fmt.Sprintf("metric family %s has type %s here, and the sum in this group has type %s: push it as that, or delete the group",
				fc.Name, fc.Type, t)}
		}
		return nil
	}
	if err := w.s.checkType(fc, nil); err != nil {
		return err
	}
	return w.s.checkNames(w.g, w.c, fc)
}
