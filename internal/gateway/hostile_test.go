package gateway

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

var (
	hostileSeed  = flag.Uint64("hostile-seed", 0, "run the hostile test with this seed only")
	hostileSeeds = flag.Uint64("hostile-seeds", 4, "how many seeds the hostile test runs")
)

// Whatever is pushed, taken or refused, each scrape in each format and escaping is
// read by Prometheus's own parsers and shows no series twice, before and after a
// restart, which shows the same.
func TestHostilePushesNeverBreakAScrape(t *testing.T) {
	first, last := uint64(1), *hostileSeeds
	if *hostileSeed != 0 {
		first, last = *hostileSeed, *hostileSeed
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			newHostile(t, seed).run()
		})
	}
}

type hostile struct {
	t   *testing.T
	rng *rand.Rand
	cfg Config
	g   *Gateway
}

// hostileRules make of what is pushed names that are invalid, empty or the gateway's
// own, and keys and series that meet.
const hostileRules = `
limits: {group_series: 20, job_groups: 12, label_value_bytes: 8}
relabel_configs:
  - {regex: 'x(.*)', action: labelmap, replacement: '$1'}
  - {regex: 'l(.)', action: labelmap, replacement: '9$1'}
  - {regex: 'a_(.)', action: labelmap, replacement: 'a.$1'}
  - {source_labels: [__name__], regex: 'a_b(.*)', target_label: __name__, replacement: 'm$1'}
  - {source_labels: [__name__, x], regex: 'headgate_pushes.*;1', target_label: __name__, replacement: headgate_group_overdue}
  - {source_labels: [__name__, x], regex: 'm;2', action: drop}
  - {source_labels: [x], regex: '1', target_label: job, replacement: b}
  - {source_labels: [quantile], regex: '2', target_label: job, replacement: ''}
  - {source_labels: [instance], regex: '1', target_label: instance, replacement: ''}
vocabulary:
  - {label: a_z, aliases: [a_a, é], values: {'1': ['2']}}
group_metrics: all
`

func newHostile(t *testing.T, seed uint64) *hostile {
	h := &hostile{t: t, rng: rand.New(rand.NewPCG(seed, 3))}
	h.cfg = Config{DataDir: t.TempDir(), UTF8Names: seed%2 == 0, CreatedLines: seed%3 == 0, EnableAdminAPI: true}
	if seed%4 >= 2 {
		h.cfg.ConfigFile = newConfigFile(t, hostileRules).path
	}
	return h
}

func (h *hostile) run() {
	h.open()
	defer func() { h.close() }()
	for range 60 {
		for range 5 {
			h.step()
		}
		h.check()
		if h.rng.IntN(10) == 0 {
			before := h.text()
			h.close()
			h.open()
			if after := h.text(); after != before {
				h.t.Fatalf("before a restart\n%s\nafter it\n%s", before, after)
			}
		}
	}
}

func (h *hostile) open() {
	g, err := New(h.t.Context(), h.cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	h.g = g
}

func (h *hostile) close() {
	if err := h.g.Close(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hostile) step() {
	if h.rng.IntN(4) == 0 {
		h.stepJSON()
		return
	}
	path, method := h.group(), h.pick(http.MethodPut, http.MethodPost, http.MethodPost, http.MethodDelete)
	if h.rng.IntN(100) == 0 {
		path, method = "/api/v1/admin/wipe", http.MethodPut
	}
	var body strings.Builder
	for range h.rng.IntN(4) {
		h.family(&body)
	}
	code, answer := do(h.t, h.g.Handler(), method, path, body.String())
	if code != http.StatusOK && code != http.StatusAccepted && code != http.StatusBadRequest && code != http.StatusUnprocessableEntity {
		h.t.Fatalf("%s %s\n%s\nanswered %d %s", method, path, body.String(), code, answer)
	}
}

func (h *hostile) group() string {
	path := "/metrics/job/" + h.pick("a", "b")
	for range h.rng.IntN(3) {
		path += "/" + url.PathEscape(h.label()) + "@base64/" + h.pick("=", "MQ", "Mg")
	}
	return path
}

// family writes one family, well formed or not.
func (h *hostile) family(b *strings.Builder) {
	name, typ := h.name(), h.pick("counter", "gauge", "summary", "histogram", "untyped")
	if h.rng.IntN(4) > 0 {
		fmt.Fprintf(b, "# TYPE %s %s\n", quoteName(name), typ)
	}
	for range 1 + h.rng.IntN(2) {
		set := h.labels()
		switch typ {
		case "histogram":
			line(b, name+"_bucket", append(set, `le="`+h.pick("1", "+Inf", "1.0", "2")+`"`))
			line(b, name+"_sum", set)
			line(b, name+"_count", set)
		case "summary":
			line(b, name, append(set, `quantile="0.5"`))
			line(b, name+"_sum", set)
			line(b, name+"_count", set)
		default:
			line(b, name, set)
		}
	}
}

func (h *hostile) name() string {
	base := h.pick("m", "a_b", "go_goroutines", "push_time_seconds", "headgate_pushes", "a_dot_b", "U__a_2e_b")
	if h.cfg.UTF8Names && h.rng.IntN(2) == 0 {
		base = h.pick("a.b", "a-b", "é", `a"b`, `a\b`, "go.goroutines", "push.time.seconds", "a{b", "a,b")
	}
	return base + h.pick("", "", "", "_count", "_sum", "_bucket", "_total", "_created")
}

func (h *hostile) label() string {
	if h.cfg.UTF8Names && h.rng.IntN(2) == 0 {
		return h.pick("a.z", "a-z", "..name..", "le.", `l"q`, "in.stance", "é")
	}
	return h.pick("a_z", "a_a", "instance", "x", "le", "quantile", "U__a_2e_z")
}

func (h *hostile) labels() []string {
	var set []string
	for range h.rng.IntN(3) {
		set = append(set, quoteName(h.label())+`="`+h.pick("", "1", "2", `a,\"b\"={`, `\\`, `x\ny`, ",")+`"`)
	}
	return set
}

func (h *hostile) pick(of ...string) string { return of[h.rng.IntN(len(of))] }

func quoteName(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") == "" {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

func line(b *strings.Builder, name string, set []string) {
	if quoted := quoteName(name); quoted != name {
		fmt.Fprintf(b, "{%s} 1\n", strings.Join(append([]string{quoted}, set...), ","))
		return
	}
	fmt.Fprintf(b, "%s{%s} 1\n", name, strings.Join(set, ","))
}

// text is what groups show, without the gateway's own metrics, which change, as do
// those of groups that depend on the clock.
func (h *hostile) text() string {
	_, text := do(h.t, h.g.Handler(), http.MethodGet, "/metrics?match[]="+url.QueryEscape(`{job=~".+",__name__!~"headgate_(group|limit)_.*"}`), "")
	return text
}

// check reads the scrape as every kind of scraper would.
func (h *hostile) check() {
	for _, format := range []string{
		"text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
	} {
		for _, escaping := range []string{"underscores", "dots", "values", "allow-utf-8"} {
			r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			r.Header.Set("Accept", format+";escaping="+escaping)
			w := httptest.NewRecorder()
			h.g.Handler().ServeHTTP(w, r)
			if err := readBack(w.Body.Bytes(), w.Header().Get("Content-Type")); err != nil {
				h.t.Fatalf("%s, escaping %s: %v\n%s", format, escaping, err, w.Body)
			}
		}
	}
}

// readBack parses an exposition and looks for a series that is there twice.
func readBack(body []byte, contentType string) error {
	p, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry != textparse.EntrySeries && entry != textparse.EntryHistogram {
			continue
		}
		var series labels.Labels
		p.Labels(&series)
		key := series.String() + strconv.Itoa(int(entry))
		if seen[key] {
			return fmt.Errorf("series %s is there twice", series)
		}
		seen[key] = true
		if name, twice := series.HasDuplicateLabelNames(); twice {
			return fmt.Errorf("series %s has two labels %s", series, name)
		}
	}
}
