package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRoutes(t *testing.T) {
	g := newGateway(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/metrics", 200}, {"HEAD", "/metrics", 200}, {"POST", "/metrics", 405}, {"DELETE", "/metrics", 405},
		{"GET", "/-/healthy", 200}, {"HEAD", "/-/healthy", 200}, {"POST", "/-/healthy", 405},
		{"GET", "/-/ready", 200}, {"OPTIONS", "/-/ready", 200},
		{"GET", "/-/quit", 405}, {"PUT", "/-/quit", 403}, {"POST", "/-/quit", 403}, {"DELETE", "/-/quit", 405},
		{"PUT", "/-/reload", 403}, {"GET", "/-/reload", 405},
		{"GET", "/", 200}, {"HEAD", "/", 200}, {"POST", "/", 405}, {"GET", "/status", 200}, {"OPTIONS", "/status", 200},
		{"GET", "/static/style.css", 200}, {"GET", "/static/icon.svg", 200}, {"GET", "/static/none", 404}, {"POST", "/static/style.css", 405},
		{"GET", "/api/v1/status", 200}, {"HEAD", "/api/v1/metrics", 200}, {"POST", "/api/v1/metrics", 405},
		{"GET", "/api/v1/groups", 200}, {"PUT", "/api/v1/groups", 405},
		{"OPTIONS", "/api/v1/whatever", 200}, {"GET", "/api/v1/whatever", 404}, {"OPTIONS", "/api/v1/", 200},
		{"GET", "/api/v1/admin/wipe", 405}, {"POST", "/api/v1/admin/wipe", 405}, {"PUT", "/api/v1/admin/wipe", 202},
		{"GET", "/debug/pprof/", 200}, {"GET", "/debug/pprof/cmdline", 200}, {"GET", "/debug/pprof/goroutine", 200},
		{"GET", "/debug/pprof/symbol", 200}, {"POST", "/debug/pprof/symbol", 405}, {"OPTIONS", "/debug/pprof/x", 200}, {"POST", "/static/", 405}, {"PUT", "/static/x.css", 405}, {"GET", "/debug/pprof/none", 404},
		{"GET", "/foo", 404}, {"OPTIONS", "/foo", 404}, {"BREW", "/", 405},

		{"GET", "/metrics/job/j", 405}, {"HEAD", "/metrics/job/j", 405}, {"PATCH", "/metrics/job/j", 405}, {"OPTIONS", "/metrics/job/j", 200},
		{"POST", "/metrics/job", 404}, {"GET", "/metrics/job/", 404}, {"POST", "/metrics/job@base64", 404}, {"POST", "/metrics/job@base64/", 404},
		{"POST", "/metrics/instance/x/job/y", 404}, {"POST", "/metrics/jobs/x", 404},
		{"DELETE", "/metrics/job/none", 202}, {"POST", "/metrics/job/j", 200}, {"PUT", "/metrics/job/j", 200},
		{"POST", "/%6Detrics/%6Aob/j", 200}, {"POST", "/metrics/job%40base64/ag", 200},
	} {
		if w := g.do(c.method, c.path, ""); w.Code != c.status {
			t.Errorf("%s %s: status %d, want %d; body %q", c.method, c.path, w.Code, c.status, w.Body)
		}
	}
}

// A path that is not clean is redirected and stores nothing.
func TestRedirects(t *testing.T) {
	g := newGateway(t, nil)
	for _, c := range []struct{ method, path, location string }{
		{"POST", "/metrics//job/j", "/metrics/job/j"},
		{"POST", "/metrics/job/j//x", "/metrics/job/j/x"},
		{"PUT", "/metrics/job//x/y", "/metrics/job/x/y"},
		{"POST", "/metrics/./job/j", "/metrics/job/j"},
		{"POST", "/metrics/job/j/../k", "/metrics/job/k"},
		{"POST", "/metrics/job/j/x/..", "/metrics/job/j"},
		{"POST", "/metrics/job/j//", "/metrics/job/j/"},
		{"POST", "/metrics/job/", "/metrics/job"},
		{"DELETE", "/../metrics/job/j", "/metrics/job/j"},
		{"GET", "/metrics/", "/metrics"},
		{"GET", "/metrics/?x=1", "/metrics?x=1"},
		{"GET", "/status/", "/status"},
		{"GET", "/debug/pprof", "/debug/pprof/"},
		{"OPTIONS", "/api/v1", "/api/v1/"},
		{"GET", "//", "/"},
		{"GET", `/\evil.example//`, "/%5Cevil.example/"},
		{"GET", "//evil.example/..//x", "/x"},
	} {
		r := httptest.NewRequest(c.method, "http://gw"+c.path, nil)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != c.location {
			t.Errorf("%s %s: status %d to %q, want 307 to %q", c.method, c.path, w.Code, w.Header().Get("Location"), c.location)
		}
	}
	g.wantAbsent(t, "push_time_seconds{")
}

func TestMethodNotAllowedNamesTheAllowed(t *testing.T) {
	g := newGateway(t, nil)
	for path, allow := range map[string]string{
		"/metrics/job/j":  "DELETE, OPTIONS, POST, PUT",
		"/metrics":        "GET, HEAD, OPTIONS",
		"/-/quit":         "OPTIONS, POST, PUT",
		"/api/v1/metrics": "GET, HEAD, OPTIONS",
	} {
		w := g.do("PATCH", path, "")
		want(t, w, http.StatusMethodNotAllowed, "PATCH", allow)
		wantHeader(t, w, "Allow", allow)
	}
}

// The prefix goes before every route, and the telemetry path moves the scrape only.
func TestRoutePrefix(t *testing.T) {
	for name, configure := range map[string]func(*Options){
		"prefix":                func(o *Options) { o.RoutePrefix = "/gw/" },
		"external URL":          func(o *Options) { o.ExternalURL = "https://example.org/gw" },
		"prefix beats external": func(o *Options) { o.RoutePrefix, o.ExternalURL = "gw", "https://example.org/other/" },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t, func(o *Options) { o.TelemetryPath = "/scrape"; configure(o) })
			want(t, g.do("POST", "/gw/metrics/job/j", "m 1\n"), 200)
			want(t, g.do("GET", "/gw/scrape", ""), 200, `m{instance="",job="j"} 1`)
			want(t, g.do("GET", "/gw/metrics", ""), 404)
			want(t, g.do("GET", "/gw/-/healthy", ""), 200)
			want(t, g.do("GET", "/gw/api/v1/status", ""), 200)
			want(t, g.do("GET", "/gw/debug/pprof/", ""), 200, "goroutine")
			want(t, g.do("GET", "/-/healthy", ""), 404)
			want(t, g.do("POST", "/metrics/job/j", ""), 404)
			want(t, g.do("GET", "/gwx", ""), 404)
			w := g.do("GET", "/gw", "")
			want(t, w, 307)
			wantHeader(t, w, "Location", "/gw/")
			w = g.do("GET", "/gw/status/", "")
			wantHeader(t, w, "Location", "/gw/status")
		})
	}
}

// A telemetry path of "/" takes the page's place, which stays at /status.
func TestTelemetryAtRoot(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.TelemetryPath = "/" })
	g.push(t, "/metrics/job/j", "m 1\n")
	want(t, g.do("GET", "/", ""), 200, "# TYPE m untyped")
	want(t, g.do("GET", "/status", ""), 200, "<html")
}

func TestCORS(t *testing.T) {
	g := newGateway(t, nil)
	for _, method := range []string{"OPTIONS", "GET", "POST"} {
		w := g.do(method, "/api/v1/status", "")
		wantHeader(t, w, "Access-Control-Allow-Origin", "*")
		wantHeader(t, w, "Access-Control-Allow-Methods", "GET")
		wantHeader(t, w, "Cache-Control", "no-cache")
	}
	if w := g.do("GET", "/metrics", ""); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("CORS outside of the API")
	}
}
