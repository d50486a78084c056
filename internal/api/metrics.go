package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// metrics answers /api/v1/metrics: every group with everything in it, in the
// layout of Pushgateway's API. It is written as it is made, a metric at a time.
func (a *API) metrics(w http.ResponseWriter, r *http.Request) {
	keep, err := a.selection(r)
	if err != nil {
		jsonError(w, err)
		return
	}
	d := dumper{stream: newStream(w)}
	d.parser.UTF8Names = true
	d.raw(`{"status":"success","data":[`)
	for i, g := range a.Store.Dump(keep) {
		if i > 0 {
			d.raw(",")
		}
		if !d.group(&g) {
			a.Log.Warn("api answer cut short", "path", r.URL.Path, "source", r.RemoteAddr, "err", d.err)
			// Closing the connection is the only way left to say that this isn't all.
			panic(http.ErrAbortHandler)
		}
	}
	d.raw("]}")
	d.send()
}

// dumper writes groups as JSON, reading each family's resident text again.
type dumper struct {
	*stream
	parser expo.Parser
}

// group appends a group. It reports whether to go on.
func (d *dumper) group(g *store.GroupDump) bool {
	d.raw("{")
	// A family may bear the name of one of these two; it takes its place, as in
	// Pushgateway, so that no key is there twice.
	if !hasFamily(g, "labels") {
		d.raw(`"labels":`)
		d.buf = append(appendJSONLabels(d.buf, byName(g.Labels)), ',')
	}
	if !hasFamily(g, "last_push_successful") {
		d.raw(`"last_push_successful":`)
		d.raw(map[bool]string{true: "true,", false: "false,"}[g.LastPushOK])
	}
	for i := range g.Families {
		if i > 0 {
			d.raw(",")
		}
		if !d.family(&g.Families[i]) {
			return false
		}
	}
	d.raw("}")
	return d.flush()
}

func hasFamily(g *store.GroupDump, name string) bool {
	return slices.ContainsFunc(g.Families, func(f store.FamilyInfo) bool { return f.Name == name })
}

// byName returns labels sorted by name, which come with the job first.
func byName(labels []expo.Label) []expo.Label {
	labels = slices.Clone(labels)
	slices.SortFunc(labels, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
	return labels
}

func (d *dumper) family(f *store.FamilyInfo) bool {
	d.buf = append(appendJSONString(d.buf, f.Name), `:{"time_stamp":`...)
	d.buf = appendJSONTime(d.buf, f.Pushed)
	d.buf = append(d.buf, `,"type":"`...)
	d.buf = append(append(d.buf, typeName(f.Type)...), '"')
	if f.Help != "" {
		d.buf = appendJSONString(append(d.buf, `,"help":`...), f.Help)
	}
	d.raw(`,"metrics":[`)
	parsed := expo.Family{Name: f.Name, Type: f.Type}
	if d.err = d.read(&parsed, f); d.err != nil {
		return false
	}
	for i := range parsed.Metrics {
		if i > 0 {
			d.raw(",")
		}
		d.buf = appendJSONMetric(d.buf, f.Type, &parsed.Metrics[i])
		if !d.flush() {
			return false
		}
	}
	d.raw("]}")
	return true
}

func (d *dumper) read(parsed *expo.Family, f *store.FamilyInfo) (err error) {
	if f.Rich != "" {
		err = d.parser.ProtoMetrics(parsed, []byte(f.Rich))
	} else {
		err = d.parser.Samples(parsed, f.Text)
	}
	if err != nil {
		return fmt.Errorf("resident family %q does not read back: %w", f.Name, err)
	}
	return nil
}

// typeName is the type as metrics.proto spells it.
func typeName(t expo.Type) string {
	if t == expo.GaugeHistogram {
		return "GAUGE_HISTOGRAM"
	}
	return strings.ToUpper(t.String())
}
