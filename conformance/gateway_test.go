package conformance

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/gateway"
)

// profiles say how a gateway is started; README.md lists them as flags.
var profiles = map[string]gateway.Config{
	"default":   {EnableAdminAPI: true},
	"utf8":      {EnableAdminAPI: true, UTF8Names: true},
	"plain":     {},
	"prefix":    {EnableAdminAPI: true, RoutePrefix: "/gw/push"},
	"telemetry": {TelemetryPath: "/scrape"},
}

// startGateway runs a gateway inside the test until the test ends.
func startGateway(t *testing.T, profile string) server {
	t.Helper()
	cfg, ok := profiles[profile]
	if !ok {
		t.Fatalf("profile %q: want one of those in README.md", profile)
	}
	cfg.DataDir = t.TempDir()
	cfg.Flags = map[string]string{ // what the command would pass on for /api/v1/status
		"web.enable-admin-api": fmt.Sprint(cfg.EnableAdminAPI), "web.listen-address": "[127.0.0.1:0]",
	}
	g, err := gateway.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(g.Handler())
	t.Cleanup(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	base, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := server{base: base, prefix: cfg.RoutePrefix, scrape: cfg.RoutePrefix + "/metrics"}
	if cfg.TelemetryPath != "" {
		s.scrape = cfg.RoutePrefix + cfg.TelemetryPath
	}
	return s
}
