package push

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	client "github.com/prometheus/client_golang/prometheus/push"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// registries are what is pushed by both libraries.
func registries() map[string]*prometheus.Registry {
	types := prometheus.NewRegistry()
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "run_seconds", Help: "How long it ran.", NativeHistogramBucketFactor: 1.1, Buckets: []float64{0.5, 1, 2}})
	s := prometheus.NewSummary(prometheus.SummaryOpts{Name: "row_bytes", Objectives: map[float64]float64{0.5: 0.05}})
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rows_total", Help: "a \\ \"b\"\nc"}, []string{"table"})
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "depth", ConstLabels: prometheus.Labels{"q": "é \"\\\n"}})
	types.MustRegister(h, s, c, g)
	for i := range 20 {
		h.(prometheus.ExemplarObserver).ObserveWithExemplar(float64(i)/7, prometheus.Labels{"trace_id": "abc"})
		s.Observe(float64(i))
		c.WithLabelValues(strconv.Itoa(i)).Add(float64(i))
	}
	g.Set(math.Inf(-1))
	utf8 := prometheus.NewRegistry()
	utf8.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "größe.bytes", ConstLabels: prometheus.Labels{"höhe": "1", "a": "b"}}))
	return map[string]*prometheus.Registry{"empty": prometheus.NewRegistry(), "types": types, "utf8": utf8}
}

// delimited is the default format.
var delimited = expfmt.NewFormat(expfmt.TypeProtoDelim)

// What goes over the wire is what client_golang's push sends, but that OpenMetrics
// is ended with its # EOF.
func TestHTTPSameAsClientGolang(t *testing.T) {
	s := newServer(t, nil)
	formats := []expfmt.Format{
		delimited, delimited.WithEscapingScheme(model.NoEscaping), delimited.WithEscapingScheme(model.DotsEscaping),
		expfmt.NewFormat(expfmt.TypeTextPlain), expfmt.NewFormat(expfmt.TypeProtoText),
		expfmt.NewFormat(expfmt.TypeProtoCompact), expfmt.NewFormat(expfmt.TypeOpenMetrics),
	}
	keys := map[string][]Label{
		"backup":   nil,
		"a/b":      {{Name: "instance", Value: "db 1:9100"}},
		"é ?#%&+":  {{Name: "path", Value: "/x/y"}},
		"j":        {{Name: "empty", Value: ""}},
		"job@base": {{Name: "é.x", Value: "y"}},
	}
	for name, reg := range registries() {
		for _, format := range formats {
			for job, grouping := range keys {
				for mode, op := range map[Mode]func(*client.Pusher) error{
					Replace: (*client.Pusher).Push, Merge: (*client.Pusher).Add, Delete: (*client.Pusher).Delete,
				} {
					what := fmt.Sprintf("%s, format %q, job %q, %s", name, format, job, mode)
					checkSame(t, s, what, reg, HTTPConfig{URL: s.URL + "/", Format: format}, job, grouping, mode, op)
				}
			}
		}
	}
}

func checkSame(t *testing.T, s *server, what string, reg *prometheus.Registry, c HTTPConfig, job string, grouping []Label, mode Mode, op func(*client.Pusher) error) {
	t.Helper()
	c.Header = http.Header{"X-Token": {"a", "b"}, "Authorization": {"Bearer x"}, "Content-Type": {"replaced"}}
	theirs := client.New(c.URL, job).Gatherer(reg).Format(c.Format).Header(c.Header.Clone())
	if grouping == nil {
		theirs.BasicAuth("user", "")
		c.Auth = url.UserPassword("user", "")
	}
	for _, l := range grouping {
		theirs.Grouping(l.Name, l.Value)
	}
	if err := op(theirs); err != nil {
		t.Fatalf("%s: client_golang: %v", what, err)
	}
	want := s.last(t)
	if mode != Delete && c.Format.FormatType() == expfmt.TypeOpenMetrics {
		want.Body += "# EOF\n"
		want.Header.Set("Content-Length", strconv.Itoa(len(want.Body)))
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if err := testHTTP(t, c).Send(t.Context(), NewBatch(job, grouping, mode, families)); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if got := s.last(t); !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// A batch that was only kept encoded, as in a spool, is sent as one that wasn't.
func TestHTTPSendsEncodedBatch(t *testing.T) {
	s := newServer(t, nil)
	for name, reg := range registries() {
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []expfmt.Format{delimited, expfmt.NewFormat(expfmt.TypeTextPlain)} {
			h := testHTTP(t, HTTPConfig{URL: s.URL, Format: format})
			b := NewBatch("j", nil, Merge, families)
			if err := h.Send(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			want := s.last(t)
			if b.encoded, err = b.Encoded(); err != nil {
				t.Fatal(err)
			}
			b.families = nil
			if err := h.Send(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			if got := s.last(t); got.Body != want.Body {
				t.Errorf("%s as %q:\n got %q\nwant %q", name, format, got.Body, want.Body)
			}
		}
	}
}
