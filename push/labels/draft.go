package labels

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// draft is what rules say about all metrics or about one, as they say it. Made
// into a plan once all are known.
type draft struct {
	metric   string // "" for all
	renames  map[string]string
	regions  map[string]*region // by the label that holds the address
	labels   map[string]*labelDraft
	limit    int // 0 if none
	maxValue int // 0 if none
	gauges   Merge
	log      *slog.Logger
	metrics  map[string]*draft
}

// labelDraft is what rules say about the values of one label.
type labelDraft struct {
	alias     map[string]string
	matches   []match
	templates *template
	ids       bool
	otherwise *string // for what fits no template
	allow     map[string]struct{}
	other     string
	drop      *dropped
}

func newDraft(metric string) *draft {
	return &draft{
		metric: metric, renames: map[string]string{}, regions: map[string]*region{},
		labels: map[string]*labelDraft{}, metrics: map[string]*draft{},
	}
}

// add takes in all rules, so that the caller learns of all that are wrong.
func (d *draft) add(rules []Rule) error {
	var errs []error
	for i, r := range rules {
		if r == nil {
			errs = append(errs, fmt.Errorf("rule %d is nil", i+1))
		} else if err := r.add(d); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r, err))
		}
	}
	return errors.Join(errs...)
}

func (d *draft) label(name string) *labelDraft {
	l := d.labels[name]
	if l == nil {
		l = &labelDraft{}
		d.labels[name] = l
	}
	return l
}

func (d *draft) setOnce(field *int, n int, unit string) error {
	if n < 1 {
		return fmt.Errorf("want at least 1 of %s", unit)
	}
	if *field != 0 {
		return fmt.Errorf("it is %d %s already", *field, unit)
	}
	*field = n
	return nil
}

// over returns what holds for the metric of own: its own rules, and of the
// general ones those that it doesn't replace.
func (d *draft) over(own *draft) *draft {
	both := newDraft(own.metric)
	maps.Copy(both.renames, d.renames)
	maps.Copy(both.renames, own.renames)
	maps.Copy(both.regions, d.regions)
	maps.Copy(both.regions, own.regions)
	maps.Copy(both.labels, d.labels)
	for name, l := range own.labels {
		both.labels[name] = l.before(d.labels[name])
	}
	both.limit = cmp.Or(own.limit, d.limit)
	both.maxValue = cmp.Or(own.maxValue, d.maxValue)
	both.gauges = cmp.Or(own.gauges, d.gauges)
	return both
}

// before returns l with what it doesn't say filled in from general. All patterns
// are of one kind, so that a metric's own templates aren't mixed with others.
func (l *labelDraft) before(general *labelDraft) *labelDraft {
	if general == nil {
		return l
	}
	both := *general
	if l.alias != nil {
		both.alias = l.alias
	}
	if l.patterns() {
		both.matches, both.templates, both.ids, both.otherwise = l.matches, l.templates, l.ids, l.otherwise
	}
	if l.allow != nil {
		both.allow, both.other = l.allow, l.other
	}
	if l.drop != nil {
		both.drop = l.drop
	}
	return &both
}

func (l *labelDraft) patterns() bool { return l.matches != nil || l.templates != nil || l.ids }

// check finds rules that are each right and don't go together.
func (d *draft) check() error {
	var errs []error
	for _, from := range slices.Sorted(maps.Keys(d.renames)) {
		to := d.renames[from]
		if final, ok := d.renames[to]; ok {
			errs = append(errs, fmt.Errorf("%s: %q is renamed too: rename %q to %q", spell("Rename", from, to), to, from, final))
		}
		errs = append(errs, d.checkGone(from, to, spell("Rename", from, to)))
	}
	for _, source := range slices.Sorted(maps.Keys(d.regions)) {
		if target := d.regions[source].target; target != source {
			errs = append(errs, d.checkGone(source, target, spell("Region", source, target)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.labels)) {
		errs = append(errs, d.labels[name].check(name))
	}
	return errors.Join(errs...)
}

// checkGone finds rules about the label gone that never see it, since it goes by
// the name left.
func (d *draft) checkGone(gone, left, rule string) error {
	if _, ok := d.labels[gone]; ok {
		return fmt.Errorf("%s: no other rule sees %q: write those about it for %q", rule, gone, left)
	}
	if r, ok := d.regions[gone]; ok && r.target != left {
		return fmt.Errorf("%s: %s never sees %q: write it for %q", rule, spell("Region", gone, r.target), gone, left)
	}
	for _, source := range slices.Sorted(maps.Keys(d.regions)) {
		if source != gone && d.regions[source].target == gone {
			return fmt.Errorf("%s: %s makes a label %q again: let it make %q", rule, spell("Region", source, gone), gone, left)
		}
	}
	return nil
}

func (l *labelDraft) check(name string) error {
	if l.ids && l.otherwise != nil {
		return fmt.Errorf("%s does nothing beside the Else of Template(%q, …)", spell("TemplateIDs", name), name)
	}
	for _, from := range slices.Sorted(maps.Keys(l.alias)) {
		to := l.alias[from]
		if final, ok := l.alias[to]; ok && final != to {
			return fmt.Errorf("%s: value %q stands for %q, which stands for %q: let it stand for %q", spell("Alias", name), from, to, final, final)
		}
	}
	return nil
}
