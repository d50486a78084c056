package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestWipe(t *testing.T) {
	g := threeGroups(t)
	want(t, g.do("PUT", "/api/v1/admin/wipe", ""), http.StatusAccepted)
	g.wantAbsent(t, "push_time_seconds{")
	off := newGateway(t, func(o *Options) { o.EnableAdmin = false })
	want(t, off.do("PUT", "/api/v1/admin/wipe", ""), http.StatusNotFound)
}

func TestLifecycle(t *testing.T) {
	off := newGateway(t, nil)
	want(t, off.do("PUT", "/-/quit", ""), http.StatusForbidden, "Lifecycle API is not enabled")
	want(t, off.do("POST", "/-/reload", ""), http.StatusForbidden, "Lifecycle API is not enabled")

	quits, broken := 0, errors.New("line 3: no such key")
	var reloadErr error
	g := newGateway(t, func(o *Options) {
		o.EnableLifecycle = true
		o.Quit = func() { quits++ }
		o.Reload = func() error { return reloadErr }
	})
	want(t, g.do("POST", "/-/reload", ""), http.StatusOK)
	reloadErr = broken
	want(t, g.do("PUT", "/-/reload", ""), http.StatusInternalServerError, "line 3", "the old configuration stays")
	want(t, g.do("PUT", "/-/quit", ""), http.StatusOK)
	if quits != 1 {
		t.Errorf("quit called %d times", quits)
	}
}

// Ready says why not; healthy does not depend on it.
func TestHealth(t *testing.T) {
	var err error
	g := newGateway(t, func(o *Options) { o.Ready = func() error { return err } })
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		if w := g.do("GET", path, ""); w.Code != 200 || w.Body.String() != "OK" {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
	}
	err = errors.New("shutting down")
	w := g.do("GET", "/-/ready", "")
	want(t, w, http.StatusServiceUnavailable, "shutting down")
	wantHeader(t, w, "Retry-After", "1")
	want(t, g.do("GET", "/-/healthy", ""), http.StatusOK)
}

func TestStatus(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	g := newGateway(t, func(o *Options) {
		o.StartTime = start
		o.Flags = map[string]string{"web.enable-admin-api": "true", "a": "<"}
		o.Build = map[string]string{"version": "1", "revision": "r"}
	})
	w := g.do("GET", "/api/v1/status", "")
	want(t, w, 200, `{"status":"success","data":{"build_information":{"revision":"r","version":"1"},`,
		`"flags":{"a":"\u003c","web.enable-admin-api":"true"},"start_time":"2026-01-02T03:04:05.000006Z"}}`)
	wantHeader(t, w, "Content-Type", "application/json")
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("invalid JSON %s", w.Body)
	}
}
