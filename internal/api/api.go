// Package api is the gateway's HTTP side: it takes pushes in, and answers
// everything else that may be asked over HTTP. One file per protocol or idea.
package api

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/store"
)

// The command's flags that the messages of refused pushes name.
const (
	FlagMaxBody     = "--push.max-body-bytes"
	FlagMaxDecoded  = "--push.max-decoded-bytes"
	FlagMaxInFlight = "--push.max-in-flight-bytes"
)

// Defaults of the bounds in Options, in bytes.
const (
	DefaultMaxBody     = 64 << 20
	DefaultMaxDecoded  = 128 << 20
	DefaultMaxInFlight = 512 << 20
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

	// MaxBody and MaxDecoded bound one body in bytes, as received and after
	// decompression; MaxInFlight bounds the sum over all requests. 0 means the
	// default.
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
	selectors parser.Parser
	bodies    bodies
	routes    map[string]*route
	refusals  refusals
	sameSite  http.CrossOriginProtection
	pages     *template.Template
	formToken string // in each form, so that no other site can send one
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
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{
		Options:   o,
		keys:      groupingParser{utf8Names: o.UTF8Names},
		selectors: parser.NewParser(parser.Options{}),
		formToken: rand.Text(),
	}
	if a.pages, err = parsePages(); err != nil {
		return nil, fmt.Errorf("page templates: %w", err)
	}
	a.prefixes(external)
	a.limits()
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

func (a *API) limits() {
	orDefault := func(n *int64, otherwise int64) {
		if *n <= 0 {
			*n = otherwise
		}
	}
	orDefault(&a.MaxBody, DefaultMaxBody)
	orDefault(&a.MaxDecoded, DefaultMaxDecoded)
	orDefault(&a.MaxInFlight, DefaultMaxInFlight)
	// A single push at its bounds must fit, or it would be told to retry for ever.
	a.MaxInFlight = max(a.MaxInFlight, a.MaxBody+1, a.MaxDecoded+1+zstdWindow)
	a.Telemetry.budget.limit = a.MaxInFlight
	a.bodies.maxWire, a.bodies.maxDecoded, a.bodies.budget = a.MaxBody, a.MaxDecoded, a.Telemetry.budget
	a.bodies.pace = pace{grace: bodyGrace, rate: bodyRate, now: time.Now}
}

// Server returns a server for the API with the timeouts that it counts on: no
// client can hold a connection for long without sending or receiving. The
// caller may wrap the Handler.
func (a *API) Server() *http.Server {
	return &http.Server{
		Handler:        a,
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
}
