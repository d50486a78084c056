package pushtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// readJSON makes an entry of a JSON push. The group of a sample is its job with
// its instance, if it has one. Of several samples of a series the newest is shown.
func (g *Gateway) readJSON(p *Push) (entry, error) {
	items, err := readItems(p.Body)
	if err != nil {
		return entry{}, err
	}
	e, err := g.readOptions(p)
	if err != nil {
		return entry{}, err
	}
	groups := map[string]*jsonGroup{}
	for i := range items {
		s, err := items[i].sample(p.Query.Get("job"))
		if err == nil {
			p.Samples = append(p.Samples, s)
			err = jsonGroupOf(groups, s).add(s, &items[i], e.delta)
		}
		if err != nil {
			return entry{}, fmt.Errorf("item %d: %w", i+1, err)
		}
	}
	e.samples = p.Samples
	for _, text := range slices.Sorted(maps.Keys(groups)) {
		c := change{key: groups[text].key, how: merge}
		if e.delta {
			c.how = add
		}
		if c.families, err = decode(expfmt.FmtText, groups[text].exposition()); err != nil {
			return entry{}, err
		}
		p.Families = append(p.Families, c.families...)
		e.changes = append(e.changes, c)
	}
	return e, nil
}

// jsonGroup gathers the samples of one group by family, to be read as text: so
// buckets, sums and counts find together as they do there.
type jsonGroup struct {
	key      map[string]string
	families map[string]*jsonFamily
}

type jsonFamily struct {
	kind, help string
	series     map[string]Sample
}

func jsonGroupOf(groups map[string]*jsonGroup, s Sample) *jsonGroup {
	key := map[string]string{"job": s.Labels["job"]}
	if instance := s.Labels["instance"]; instance != "" {
		key["instance"] = instance
	}
	text := keyText(key)
	if groups[text] == nil {
		groups[text] = &jsonGroup{key: key, families: map[string]*jsonFamily{}}
	}
	return groups[text]
}

func (g *jsonGroup) add(s Sample, it *item, delta bool) error {
	kind := it.Type
	name, err := familyOf(s, kind)
	if err != nil {
		return err
	}
	f := g.families[name]
	if f == nil {
		f = &jsonFamily{kind: kind, help: it.Help, series: map[string]Sample{}}
		g.families[name] = f
	}
	if f.kind != kind {
		return fmt.Errorf("metric %q has type %q, and %q before", s.Name, kind, f.kind)
	}
	id := s.Name + keyText(s.Labels)
	old, twice := f.series[id]
	switch {
	case twice && delta:
		return fmt.Errorf("increment of %s is there twice", id)
	case !twice || newer(s, old):
		f.series[id] = s
	}
	return nil
}

// familyOf is the name of the family that a series belongs to.
func familyOf(s Sample, kind string) (string, error) {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if kind == "histogram" || kind == "summary" && suffix != "_bucket" {
			if name, ok := strings.CutSuffix(s.Name, suffix); ok {
				return name, nil
			}
		}
	}
	if _, quantile := s.Labels[model.QuantileLabel]; kind == "histogram" || kind == "summary" && !quantile {
		return "", fmt.Errorf("metric %q has type %q: want the names and labels that a scrape shows it with, such as %s_count", s.Name, kind, s.Name)
	}
	return s.Name, nil
}

func (g *jsonGroup) exposition() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(g.families)) {
		f := g.families[name]
		if f.help != "" {
			fmt.Fprintf(&b, "# HELP %s %s\n", name, strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(f.help))
		}
		fmt.Fprintf(&b, "# TYPE %s %s\n", name, f.kind)
		for _, id := range slices.Sorted(maps.Keys(f.series)) {
			f.series[id].write(&b)
		}
	}
	return b.String()
}

// write writes a sample as a line of text, without its timestamp, which is not shown.
func (s Sample) write(b *strings.Builder) {
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	b.WriteString(s.Name + "{")
	for _, name := range slices.Sorted(maps.Keys(s.Labels)) {
		fmt.Fprintf(b, `%s="%s",`, name, escape.Replace(s.Labels[name]))
	}
	b.WriteString("} " + strconv.FormatFloat(s.Value, 'g', -1, 64) + "\n")
}
