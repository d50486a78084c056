package push

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// seen is one request as a server saw it.
type seen struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

// server answers each request with answer, 200 (202 to DELETE) if that is nil, and
// keeps what it was asked.
type server struct {
	*httptest.Server
	answer http.HandlerFunc

	mu   sync.Mutex
	seen []seen
}

func newServer(t *testing.T, answer http.HandlerFunc) *server {
	s := &server{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.seen = append(s.seen, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header})
	s.mu.Unlock()
	switch {
	case s.answer != nil:
		s.answer(w, r)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusAccepted)
	}
}

// last returns the last request.
func (s *server) last(t *testing.T) seen {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		t.Fatal("no request came")
	}
	return s.seen[len(s.seen)-1]
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

// testHTTP returns a transport that is closed with the test.
func testHTTP(t testing.TB, c HTTPConfig) *HTTP {
	t.Helper()
	h, err := NewHTTP(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// oneGauge returns a family of one gauge.
func oneGauge(name string, v float64, labels ...Label) *dto.MetricFamily {
	m := &dto.Metric{Gauge: &dto.Gauge{Value: &v}}
	for _, l := range labels {
		m.Label = append(m.Label, &dto.LabelPair{Name: &l.Name, Value: &l.Value})
	}
	return &dto.MetricFamily{Name: &name, Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{m}}
}

// gaugeBatch returns a batch of one sample.
func gaugeBatch(m Mode) *Batch {
	return NewBatch("j", nil, m, []*dto.MetricFamily{oneGauge("g", 1)})
}

// wantSendError fails the test unless err is a *SendError.
func wantSendError(t *testing.T, err error) *SendError {
	t.Helper()
	e, ok := errors.AsType[*SendError](err)
	if !ok {
		t.Fatalf("got error %v, want a *SendError", err)
	}
	return e
}

// The options of a push travel as headers, and none goes out that wasn't set.
func TestHTTPOptions(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Headgate-Aggregate", "delta") })
	h := testHTTP(t, HTTPConfig{URL: s.URL})
	options := func(b *Batch) string {
		t.Helper()
		if err := h.Send(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, name := range []string{"Aggregate", "Producer", "Sequence", "TTL", "Expect", "Keep"} {
			for _, v := range s.last(t).Header.Values("Headgate-" + name) {
				all = append(all, name+"="+v)
			}
		}
		return s.last(t).Method + " " + strings.Join(all, " ")
	}
	if got, want := options(gaugeBatch(Merge)), "POST "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b := gaugeBatch(Delta)
	b.Producer, b.Sequence = "p1", 7
	if got, want := options(b), "POST Aggregate=delta Producer=p1 Sequence=7"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b = gaugeBatch(Replace)
	b.Lifetime = Lifetime{TTL: 36 * time.Hour, Expect: 90 * time.Minute, KeepUntilScraped: true}
	if got, want := options(b), "PUT TTL=1d12h Expect=1h30m Keep=until-scraped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The caller's header is neither kept nor changed, so that pushes may share it.
func TestHTTPLeavesHeaderAlone(t *testing.T) {
	s := newServer(t, nil)
	header := http.Header{"X-Token": {"a"}}
	c := HTTPConfig{URL: s.URL, Header: header, Client: s.Client(), Auth: url.UserPassword("", "")}
	for _, h := range []*HTTP{testHTTP(t, c), uncheckedHTTP(c)} {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := h.Send(t.Context(), gaugeBatch(Replace)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if len(header) != 1 {
		t.Errorf("header became %v", header)
	}
	if got := s.last(t).Header.Get("Authorization"); got != "Basic Og==" { // ":"
		t.Errorf("got authorization %q, want that of an empty name and password", got)
	}
}

// Samples are refused before anything is sent, with what to use instead.
func TestHTTPRefusesSamples(t *testing.T) {
	s := newServer(t, nil)
	e := wantSendError(t, testHTTP(t, HTTPConfig{URL: s.URL}).Send(t.Context(), gaugeBatch(Samples)))
	if e.Class != Final || e.Unsure || !strings.Contains(e.Error(), "NewJSON") || s.count() > 0 {
		t.Errorf("got %+v after %d requests", e, s.count())
	}
}

// Each kind of compression can be undone by the reader of its name.
func TestHTTPCompression(t *testing.T) {
	s := newServer(t, nil)
	families, err := registries()["types"].Gather()
	if err != nil {
		t.Fatal(err)
	}
	b := NewBatch("j", nil, Replace, families)
	plain, _ := b.Encoded()
	for _, c := range []Compression{Gzip, Snappy, Zstd} {
		h := testHTTP(t, HTTPConfig{URL: s.URL, Compression: c})
		for range 3 { // the second comes from a writer used before
			if err := h.Send(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			got := s.last(t)
			if body := decompress(t, got.Header.Get("Content-Encoding"), got.Body); !bytes.Equal(body, plain) {
				t.Errorf("%s: got %q, want %q", c, body, plain)
			}
		}
		if err := h.Send(t.Context(), gaugeBatch(Delete)); err != nil {
			t.Fatal(err)
		}
		if got := s.last(t); got.Body != "" || got.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: an empty body was compressed: %+v", c, got)
		}
	}
}

// What can't work is an error at once, which quotes it.
func TestNewHTTPRefuses(t *testing.T) {
	for _, tc := range []struct {
		config HTTPConfig
		want   string
	}{
		{HTTPConfig{URL: "x", Format: "text/xml"}, `format "text/xml": want`},
		{HTTPConfig{URL: "x", Format: expfmt.FmtUnknown}, `format "<unknown>": want`},
		{HTTPConfig{URL: "x", Compression: 9}, "compression 9: want"},
		{HTTPConfig{URL: "x", Header: http.Header{"a b": nil}}, `header "a b": want`},
		{HTTPConfig{URL: "x", Header: http.Header{"A": {"b\nc"}}}, `header "A": its value has "\n" in it: want`},
		{HTTPConfig{URL: "ftp://x"}, `scheme "ftp": want`},
	} {
		if _, err := NewHTTP(tc.config); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: got error %v, want one with %s", tc.config, err, tc.want)
		}
	}
	// The compatible path finds it at the first push, and doesn't panic.
	e := wantSendError(t, uncheckedHTTP(HTTPConfig{URL: "x", Format: "text/xml"}).Send(t.Context(), gaugeBatch(Replace)))
	if e.Class != Final || !strings.Contains(e.Error(), `format "text/xml"`) {
		t.Errorf("got %+v", e)
	}
}
