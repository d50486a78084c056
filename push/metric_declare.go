package push

import (
	"fmt"
	"slices"
	"strings"
)

// declare returns the family that a handle stands for: the one there is, if it is
// the same, or a new one, or if it can't be had a broken one that nothing else knows.
func (r *Recorder) declare(want *family) *family {
	r.mu.Lock()
	defer r.mu.Unlock()
	want.recorder = r
	want.known.seed = r.known.seed
	if have := r.families[want.name]; have != nil {
		if why := have.differs(want); why != "" {
			return r.breakOff(want, refuseConflict(want.name, have.what(), why))
		}
		return have
	}
	why := r.checkFamily(want)
	if why == nil {
		why = r.checkDeclared(want)
	}
	if why != nil {
		return r.breakOff(want, why)
	}
	r.register(want)
	if len(want.names) == 0 && want.kind != gaugeKind && !r.closed {
		// It begins at zero, where there is room; else its first use says that there isn't.
		_, _ = want.seriesOf(nil)
	}
	return want
}

// mostErrors bounds what Err returns: a program that asks for a broken handle
// again and again has said it all by then.
const mostErrors = 16

func (r *Recorder) breakOff(f *family, why *refusal) *family {
	if len(r.errs) < mostErrors {
		r.errs = append(r.errs, why)
	}
	f.broken = why
	return f
}

// differs says what two declarations of a name disagree in.
func (f *family) differs(want *family) string {
	switch {
	case f.kind != want.kind:
		return "asked for as " + want.what()
	case f.free:
		return "asked for with a handle after Record made it without"
	case !slices.Equal(f.names, want.names):
		return fmt.Sprintf("asked for with labels %q", want.names)
	case !slices.Equal(f.bounds, want.bounds):
		return fmt.Sprintf("asked for with buckets %v", want.bounds)
	}
	return ""
}

// what describes a declaration.
func (f *family) what() string {
	switch {
	case f.free:
		return "a " + f.kind.String()
	case f.kind == histogramKind:
		return fmt.Sprintf("a histogram with labels %q and buckets %v", f.names, f.bounds)
	}
	return fmt.Sprintf("a %s with labels %q", f.kind, f.names)
}

// register makes a family known. r.mu is held.
func (r *Recorder) register(f *family) {
	if r.families[f.name] == nil {
		r.families[f.name] = f
		r.byName = nil
	}
}

// unregister forgets a family that Record made. r.mu is held.
func (r *Recorder) unregister(f *family) {
	delete(r.families, f.name)
	r.byName = nil
}

// sortedFamilies returns all families by name. r.mu is held.
func (r *Recorder) sortedFamilies() []*family {
	if r.byName == nil {
		for _, f := range r.families {
			r.byName = append(r.byName, f)
		}
		slices.SortFunc(r.byName, func(a, b *family) int { return strings.Compare(a.name, b.name) })
	}
	return r.byName
}

// regroup holds the Recorder to another grouping key from now on.
func (r *Recorder) regroup(grouping []Label, reserved func(Label) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.config.grouping, r.config.reserved = grouping, reserved
}

// checkReserved says which series or handle has a label that check refuses.
func (r *Recorder) checkReserved(check func(Label) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.sortedFamilies() {
		if r.config.policy == nil {
			for _, name := range f.names {
				if err := check(Label{Name: name}); err != nil {
					return refuseReserved(f.name, name, err)
				}
			}
		}
		for _, s := range f.sorted() {
			if why := findReserved(f.name, s.labels, check); why != nil {
				return why
			}
		}
	}
	return nil
}
