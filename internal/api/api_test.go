package api

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
	"github.com/headgate/headgate/internal/store"
)

// gateway is an API over the real door, journal and store, on a disk in memory.
type gateway struct {
	*API
	disk     *crashfs.FS
	journal  *journal.Disk
	registry *prometheus.Registry
}

// newGateway starts a gateway that stops with the test. configure may be nil.
func newGateway(t testing.TB, configure func(*Options)) *gateway {
	t.Helper()
	g := &gateway{disk: crashfs.New(rand.New(rand.NewPCG(1, 2))), registry: prometheus.NewRegistry()}
	state := store.New()
	o := Options{
		Store: state, Telemetry: NewTelemetry(g.registry), EnableAdmin: true,
		Scrape: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { state.View(nil).WriteTo(w) }),
	}
	if configure != nil {
		configure(&o)
	}
	o.Door = ingest.New(ingest.Options{Store: state, UTF8Names: o.UTF8Names})
	var err error
	g.journal, err = journal.Open(journal.Options{Dir: "data", FS: g.disk, Sync: journal.SyncNever, Deliver: o.Door.Deliver})
	if err != nil {
		t.Fatal(err)
	}
	o.Door.Attach(g.journal)
	if _, err := g.journal.Replay(t.Context(), state.Replay); err != nil {
		t.Fatal(err)
	}
	g.journal.Start()
	t.Cleanup(func() { g.journal.Close() })
	if g.API, err = New(o); err != nil {
		t.Fatal(err)
	}
	return g
}

// do sends a request whose target goes out as it stands. headers are pairs.
func (g *gateway) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// want fails the test unless the answer has the status and its body the parts.
func want(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	body := w.Body.String()
	shown := body[:min(len(body), 1000)]
	if w.Code != status {
		t.Errorf("status %d, want %d; body %q", w.Code, status, shown)
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("body lacks %q: %q", part, shown)
		}
	}
}

func wantHeader(t *testing.T, w *httptest.ResponseRecorder, name, part string) {
	t.Helper()
	if got := w.Header().Get(name); !strings.Contains(got, part) {
		t.Errorf("header %s is %q, want %q in it", name, got, part)
	}
}

// push fails the test unless the gateway takes the body in.
func (g *gateway) push(t *testing.T, target, body string) {
	t.Helper()
	want(t, g.do(http.MethodPost, target, body), http.StatusOK)
}

// scraped is what /metrics shows now.
func (g *gateway) scraped(t *testing.T) string {
	t.Helper()
	w := g.do(http.MethodGet, "/metrics", "")
	want(t, w, http.StatusOK)
	return w.Body.String()
}

// wantResident and wantAbsent check what is scraped after a refusal, too.
func (g *gateway) wantResident(t *testing.T, parts ...string) {
	t.Helper()
	text := g.scraped(t)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("scrape lacks %q:\n%s", part, text)
		}
	}
}

func (g *gateway) wantAbsent(t *testing.T, parts ...string) {
	t.Helper()
	text := g.scraped(t)
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("scrape has %q:\n%s", part, text)
		}
	}
}

// A configuration that makes no sense is refused at the start, not found out later.
func TestNewRefusesNonsense(t *testing.T) {
	for _, o := range []Options{
		{ExternalURL: "http://bad host/"},
		{TelemetryPath: "/-/healthy"},
		{TelemetryPath: "/metrics/job/x"},
	} {
		o.Scrape = http.NotFoundHandler()
		if _, err := New(o); err == nil {
			t.Errorf("New(%q, %q) has no error", o.ExternalURL, o.TelemetryPath)
		}
	}
}

// The server bounds every phase of a connection in which a client could stall.
func TestServerHasTimeouts(t *testing.T) {
	s := NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a bound is missing: %+v", s)
	}
}
