package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/headgate/headgate/internal/journal"
)

// Every goroutine of the gateway has an owner that waits for it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, cfg Config) *Gateway {
	t.Helper()
	if cfg.DataDir == "" {
		cfg.DataDir = t.TempDir()
	}
	g, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return g
}

func do(t *testing.T, h http.Handler, method, path, body string) (status int, answer string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func push(t *testing.T, g *Gateway, path, body string) {
	t.Helper()
	if code, answer := do(t, g.Handler(), http.MethodPut, path, body); code != http.StatusOK {
		t.Fatalf("push to %s: %d %s", path, code, answer)
	}
}

func scraped(t *testing.T, g *Gateway) map[string]*dto.MetricFamily {
	t.Helper()
	_, text := do(t, g.Handler(), http.MethodGet, "/metrics", "")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("the scrape is not valid: %v\n%s", err, text)
	}
	return families
}

// An operator sees what the gateway does from the first scrape on, zeros included.
func TestOwnMetricsAreThereFromTheStart(t *testing.T) {
	families := scraped(t, start(t, Config{}))
	for _, name := range []string{
		"headgate_build_info", "headgate_pushes_total", "headgate_push_duration_seconds", "headgate_push_size_bytes",
		"headgate_groups", "headgate_series", "headgate_resident_bytes", "headgate_scrape_pages_rebuilt_total",
		"headgate_journal_appends_total", "headgate_journal_sync_duration_seconds", "headgate_journal_batch_entries",
		"headgate_journal_snapshot_duration_seconds", "headgate_journal_snapshot_bytes",
		"headgate_journal_replay_duration_seconds", "headgate_journal_queue_entries", "headgate_journal_failing",
		"headgate_config_last_reload_successful", "headgate_config_last_reload_success_timestamp_seconds",
		"go_goroutines",
	} {
		if families[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestOwnMetricsCountWhatIsResident(t *testing.T) {
	g := start(t, Config{})
	push(t, g, "/metrics/job/a", "m 1\nn 1\n")
	push(t, g, "/metrics/job/b", "m 1\n")
	families := scraped(t, g)
	for name, want := range map[string]float64{"headgate_groups": 2, "headgate_series": 3 + 2*2, "headgate_journal_last_sequence": 2} {
		if got := families[name].GetMetric()[0].GetGauge().GetValue(); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// A pushed family that the gateway has too stands with the gateway's, once.
func TestPushedFamilyJoinsTheGatewaysOwn(t *testing.T) {
	g := start(t, Config{})
	push(t, g, "/metrics/job/a", "# HELP go_goroutines mine\n# TYPE go_goroutines gauge\ngo_goroutines 5\n")
	f := scraped(t, g)["go_goroutines"]
	if len(f.GetMetric()) != 2 || strings.Contains(f.GetHelp(), "mine") {
		t.Errorf("want the gateway's series, the pushed one and the gateway's help, got %v", f)
	}
	if code, answer := do(t, g.Handler(), http.MethodPut, "/metrics/job/b", "# TYPE go_goroutines counter\ngo_goroutines 5\n"); code != http.StatusBadRequest {
		t.Errorf("another type: got %d %s, want 400", code, answer)
	}
}

// State is the same after a restart from a snapshot and what came after it.
func TestRestartFromASnapshot(t *testing.T) {
	dir := t.TempDir()
	g, err := New(t.Context(), Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	push(t, g, "/metrics/job/a", "# HELP m help\n# TYPE m counter\nm 1\n")
	push(t, g, "/metrics/job/gone", "# TYPE m counter\nm 1\n")
	if err := g.snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	push(t, g, "/metrics/job/b", "# TYPE m counter\nm 2\n")
	if code, _ := do(t, g.Handler(), http.MethodDelete, "/metrics/job/gone", ""); code != http.StatusAccepted {
		t.Fatalf("delete: %d", code)
	}
	before := scraped(t, g)
	if err := g.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "journal", "snapshot-*")); len(found) != 1 {
		t.Fatalf("want one snapshot, found %q", found)
	}
	after := scraped(t, start(t, Config{DataDir: dir}))
	for _, name := range []string{"m", "push_time_seconds", "push_failure_time_seconds"} {
		if before[name].String() != after[name].String() {
			t.Errorf("%s before: %v\nafter: %v", name, before[name], after[name])
		}
	}
}

func TestSecondGatewayOnTheFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, Config{DataDir: dir})
	_, err := New(t.Context(), Config{DataDir: dir})
	var locked *journal.LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("got %v, want a *journal.LockedError with the owner's pid", err)
	}
}

func TestStoppingGatewayIsNotReadyButHealthy(t *testing.T) {
	g := start(t, Config{})
	g.stopping.Store(true)
	if code, _ := do(t, g.Handler(), http.MethodGet, "/-/ready", ""); code != http.StatusServiceUnavailable {
		t.Errorf("ready: %d, want 503", code)
	}
	if code, _ := do(t, g.Handler(), http.MethodGet, "/-/healthy", ""); code != http.StatusOK {
		t.Errorf("healthy: %d, want 200", code)
	}
}

// While the journal is read, health is answered and a push is told to come back.
func TestFrontBeforeTheGatewayIsThere(t *testing.T) {
	f := &front{}
	if code, _ := do(t, f, http.MethodGet, "/prefix/-/healthy", ""); code != http.StatusOK {
		t.Errorf("healthy: %d, want 200", code)
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest(http.MethodPut, "/metrics/job/a", strings.NewReader("m 1\n")))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("push: %d %v, want 503 and Retry-After", w.Code, w.Header())
	}
}

func TestReloadTakesLimitsAndKeepsThemOnAFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yml")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	g := start(t, Config{ConfigFile: file})
	body := "a 1\nb 1\nc 1\n"
	push(t, g, "/metrics/job/a", body)
	write("limits:\n  push_samples: 2\n")
	if err := g.Reload(); err != nil {
		t.Fatal(err)
	}
	refused := func() {
		if code, answer := do(t, g.Handler(), http.MethodPut, "/metrics/job/a", body); code != http.StatusRequestEntityTooLarge || !strings.Contains(answer, "limits.push_samples") {
			t.Errorf("got %d %s, want 413 and limits.push_samples", code, answer)
		}
	}
	refused()
	// The last one has a right value beside the wrong one: neither is taken.
	for _, faulty := range []string{"limits:\n  push_samples: -1\n", "limit: {}\n", "limits: [\n", "limits:\n  push_samples: 100\n  body_bytes: -1\n"} {
		write(faulty)
		if err := g.Reload(); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: got %v, want an error that names the file", faulty, err)
		}
		refused()
	}
}

// Whether the file on disk is the configuration in force can be alerted on.
func TestReloadOutcomeIsAMetric(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yml")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	g := start(t, Config{ConfigFile: file})
	outcome := func() (successful, at float64) {
		f := scraped(t, g)
		return f["headgate_config_last_reload_successful"].GetMetric()[0].GetGauge().GetValue(),
			f["headgate_config_last_reload_success_timestamp_seconds"].GetMetric()[0].GetGauge().GetValue()
	}
	ok, begun := outcome()
	if ok != 1 || begun == 0 {
		t.Errorf("after the start: %v at %v, want 1 and a time", ok, begun)
	}
	write("limits: 1\n")
	if err := g.Reload(); err == nil {
		t.Fatal("a faulty file was taken")
	}
	if ok, at := outcome(); ok != 0 || at != begun {
		t.Errorf("after a fault: %v at %v, want 0 at %v as before", ok, at, begun)
	}
	write("limits: {}\n")
	if err := g.Reload(); err != nil {
		t.Fatal(err)
	}
	if ok, at := outcome(); ok != 1 || at <= begun {
		t.Errorf("after the repair: %v at %v, want 1 after %v", ok, at, begun)
	}
}

// What is wrong with the configuration is said before the data folder is touched.
func TestFaultyConfigurationTouchesNothing(t *testing.T) {
	for name, cfg := range map[string]Config{
		"external URL":   {ExternalURL: "::"},
		"telemetry path": {TelemetryPath: "/-/healthy"},
		"web config":     {WebConfigFile: "no/such/file"},
		"listen address": {Listen: []string{"127.0.0.1:notaport"}},
		"config file":    {ConfigFile: "no/such/file"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.DataDir = filepath.Join(t.TempDir(), "data")
			if cfg.Listen == nil {
				cfg.Listen = []string{"127.0.0.1:0"}
			}
			if err := Run(t.Context(), cfg, nil); err == nil {
				t.Error("it ran")
			}
			if _, err := os.Stat(cfg.DataDir); !os.IsNotExist(err) {
				t.Errorf("the data folder was made: %v", err)
			}
		})
	}
}

// A stop that is asked for while the journal is read is obeyed.
func TestStopDuringReplay(t *testing.T) {
	dir := t.TempDir()
	g, err := New(t.Context(), Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		push(t, g, "/metrics/job/a", fmt.Sprintf("m %d\n", i))
	}
	if err := g.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(ctx, Config{DataDir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// Run serves, answers over the network, and stops when told to, with all it holds let go.
func TestRunServesUntilItsContextEnds(t *testing.T) {
	web := filepath.Join(t.TempDir(), "web.yml")
	// Nobody logs in: any hash will do.
	config := "basic_auth_users:\n  sre: $2a$04$SBOg0rv4T3ik34ASpqsYWeFMjsMpXSaL6BVOmLmQRqcSuo7Q7i6Wu\n"
	if err := os.WriteFile(web, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]Config{"open": {}, "with basic auth": {WebConfigFile: web}} {
		t.Run(name, func(t *testing.T) {
			cfg.DataDir, cfg.Listen = t.TempDir(), []string{"127.0.0.1:0"}
			l, err := listen(cfg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- serve(ctx, cfg, l, nil) }()
			want := http.StatusOK
			if cfg.WebConfigFile != "" {
				want = http.StatusUnauthorized
			}
			resp, err := http.Get("http://" + l[0].Addr().String() + "/-/healthy")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("got %d, want %d", resp.StatusCode, want)
			}
			http.DefaultClient.CloseIdleConnections()
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
