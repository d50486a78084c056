// Package api is the gateway's HTTP side: it takes pushes in, and answers
// everything else that may be asked over HTTP. One file per protocol or idea.
package api

import (
	"crypto/rand"
	"fmt"
	"html/template"
	stdlog "log"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/schedule"
	"github.com/headgate/headgate/internal/store"
)

// How long clients may take. A body beyond 64 KiB may take bodyGrace plus what
// its size is worth at bodyRate.
const (
	readTimeout    = 20 * time.Second
	writeTimeout   = 5 * time.Minute
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	bodyGrace      = 20 * time.Second
	bodyRate       = 32 << 10 // bytes per second
)

// Options configure an API. Door, Store and Scrape are required.
type Options struct {
	Door   *ingest.Door
	Store  *store.Store
	Scrape http.Handler

	// TelemetryPath is where Scrape answers; "" means /metrics. The push routes
	// stay under /metrics, as Pushgateway's do.
	TelemetryPath string
	// RoutePrefix goes before every route; "" means the path of ExternalURL.
	RoutePrefix string
	// ExternalURL is where browsers reach the gateway, for the links on its
	// pages; "" means that links start at RoutePrefix.
	ExternalURL string

	EnableLifecycle, EnableAdmin bool
	// UTF8Names allows any UTF-8 in the label names of a grouping key.
	UTF8Names bool

	// MaxBody, MaxDecoded and MaxInFlight hold until SetLimits is called.
	MaxBody, MaxDecoded, MaxInFlight int64

	// Ready says why the gateway can't take requests yet, or any more; nil means
	// that it always can.
	Ready func() error
	// Reload reads the configuration anew. nil means there is none.
	Reload func() error
	// Quit begins a graceful stop. It must not wait for requests to end.
	Quit func()

	// Flags and Build are what the status page and /api/v1/status show.
	Flags, Build map[string]string
	// StartTime is when the process started; zero means now.
	StartTime time.Time
	// Telemetry counts pushes; nil means metrics that nobody sees.
	Telemetry *Telemetry
	// Schedules are those of jobs' runs; nil means a cache of its own.
	Schedules *schedule.Cache
	// Log gets refused pushes, rate-limited; nil means nowhere.
	Log *slog.Logger
}

// API answers HTTP requests. It is safe for concurrent use, owns no goroutine
// and needs no closing.
type API struct {
	Options
	prefix    string // before routes: "" or "/x"
	base      string // before links: "" or "/x"
	keys      groupingParser
	links     groupingParser // takes any name: UTF-8 ones may be left from when they were allowed
	selectors parser.Parser
	bodies    bodies
	routes    map[string]*route
	refusals  refusals
	dryRuns   refusals
	sameSite  http.CrossOriginProtection
	pages     *template.Template
	formToken string // in each form, so that no other site can send one
	access    atomic.Pointer[access.Policy]
	failures  *access.Failures
}

// New returns an API. The error names the option that makes no sense.
func New(o Options) (*API, error) {
	external, err := url.Parse(o.ExternalURL)
	if err != nil {
		return nil, fmt.Errorf("external URL %q: %w", o.ExternalURL, err)
	}
	if o.StartTime.IsZero() {
		o.StartTime = time.Now()
	}
	if o.Telemetry == nil {
		o.Telemetry = NewTelemetry(nil)
	}
	if o.Schedules == nil {
		o.Schedules = new(schedule.Cache)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{
		Options:   o,
		keys:      groupingParser{utf8Names: o.UTF8Names, reserved: o.Door.Relabels},
		links:     groupingParser{utf8Names: true},
		selectors: parser.NewParser(parser.Options{}),
		formToken: rand.Text(),
		failures:  access.NewFailures(),
	}
	if a.pages, err = parsePages(); err != nil {
		return nil, fmt.Errorf("page templates: %w", err)
	}
	a.prefixes(external)
	var first limit.Rules
	first.Set.Max[limit.BodyBytes], first.Set.Max[limit.DecodedBodyBytes] = o.MaxBody, o.MaxDecoded
	a.SetLimits(first, o.MaxInFlight)
	a.bodies.budget = a.Telemetry.budget
	a.bodies.pace = pace{grace: bodyGrace, rate: bodyRate, now: time.Now}
	if external.Host != "" {
		if err := a.sameSite.AddTrustedOrigin(external.Scheme + "://" + external.Host); err != nil {
			return nil, fmt.Errorf("external URL %q: %w", o.ExternalURL, err)
		}
	}
	return a, a.register()
}

func (a *API) prefixes(external *url.URL) {
	a.prefix = normalizePrefix(a.RoutePrefix)
	if a.RoutePrefix == "" {
		a.prefix = normalizePrefix(external.EscapedPath())
	}
	a.base = a.prefix
	if a.ExternalURL != "" {
		a.base = normalizePrefix(external.EscapedPath())
	}
	if a.TelemetryPath == "" {
		a.TelemetryPath = "/metrics"
	}
	if !strings.HasPrefix(a.TelemetryPath, "/") {
		a.TelemetryPath = "/" + a.TelemetryPath
	}
}

// NewServer returns a server with the timeouts that the API counts on: no client
// can hold a connection for long without sending or receiving. handler is the
// API or wraps it.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:        handler,
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       stdlog.New(serverLog{log}, "", 0),
	}
}
