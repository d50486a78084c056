package pushtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// readJSON makes an entry of a JSON push, which is for one group. Of several
// samples of a series the newest is shown.
func (g *Gateway) readJSON(p *Push) (entry, error) {
	items, err := readItems(p.Body)
	if err != nil {
		return entry{}, err
	}
	e, err := g.readOptions(p)
	if err != nil {
		return entry{}, err
	}
	group := jsonGroup{families: map[string]*jsonFamily{}}
	for i := range items {
		s, err := items[i].sample(p.Query.Get("job"))
		if err == nil {
			err = group.add(s, &items[i], p.Query, e.delta)
		}
		if err != nil {
			return entry{}, fmt.Errorf("entry %d: %w", i+1, err)
		}
		p.Samples = append(p.Samples, s)
	}
	if p.Families, err = decode(expfmt.FmtText, group.exposition()); err != nil {
		return entry{}, err
	}
	p.Grouping = group.key
	c := change{key: group.key, how: merge, families: p.Families}
	if e.delta {
		c.how = add
	}
	e.changes, e.samples = []change{c}, p.Samples
	e.reply, err = group.reply(len(items))
	return e, err
}

// jsonGroup gathers the samples of a group by family, to be read as text: so
// buckets, sums and counts find together as they do there.
type jsonGroup struct {
	key        map[string]string // nil before the first sample
	families   map[string]*jsonFamily
	superseded int
}

type jsonFamily struct {
	kind, help string
	series     map[string]Sample
}

// jsonKey is the grouping key of a sample: its job and its instance, if it has
// one, or the labels that the request names.
func jsonKey(s Sample, query url.Values) (map[string]string, error) {
	key := map[string]string{"job": s.Labels["job"]}
	if !query.Has("grouping") {
		if instance := s.Labels["instance"]; instance != "" {
			key["instance"] = instance
		}
		return key, nil
	}
	for name := range strings.SplitSeq(strings.Join(query["grouping"], ","), ",") {
		if name == "" {
			continue
		}
		value, ok := s.Labels[name]
		if !ok {
			return nil, fmt.Errorf("metric %q has no label %q, which grouping names", s.Name, name)
		}
		key[name] = value
	}
	return key, nil
}

func (g *jsonGroup) add(s Sample, it *item, query url.Values, delta bool) error {
	key, err := jsonKey(s, query)
	switch {
	case err != nil:
		return err
	case g.key == nil:
		g.key = key
	case !maps.Equal(g.key, key):
		return fmt.Errorf("metric %q is of group %s, those before it of %s: want one group in a push", s.Name, keyText(key), keyText(g.key))
	}
	return g.addToFamily(s, it, delta)
}

func (g *jsonGroup) addToFamily(s Sample, it *item, delta bool) error {
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
	case twice:
		g.superseded++
	}
	if !twice || newer(s, old) {
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

// reply is the answer to a push of n samples.
func (g *jsonGroup) reply(n int) (string, error) {
	type data struct {
		Group      map[string]string `json:"group"`
		Samples    int               `json:"samples"`
		Superseded int               `json:"superseded"`
	}
	b, err := json.Marshal(struct {
		Status string `json:"status"`
		Data   data   `json:"data"`
	}{"success", data{g.key, n, g.superseded}})
	return string(b), err
}
