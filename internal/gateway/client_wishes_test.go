package gateway

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/headgate/headgate/push"
)

// direct takes a client's requests to the gateway without a network, so that a bubble
// of virtual time can hold both, and counts them.
type direct struct {
	to       http.Handler
	requests atomic.Int64
}

func (d *direct) Do(r *http.Request) (*http.Response, error) {
	d.requests.Add(1)
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.RequestURI(), r.Body)
	in.Header, in.ContentLength = r.Header, r.ContentLength
	w := httptest.NewRecorder()
	d.to.ServeHTTP(w, in)
	return w.Result(), nil
}

// directly returns a Pusher of job that pushes past the network.
func directly(t *testing.T, d *direct, job string, opts ...client.Option) *client.Pusher {
	t.Helper()
	return client.New("gateway", job, opts...).Client(d).Grouping("instance", "db-1").Gatherer(jobMetrics(t))
}

// configured is a gateway in a bubble with a configuration file.
func configured(t *testing.T, dir, yaml string) (*Gateway, func()) {
	t.Helper()
	file := filepath.Join(dir, "headgate.yml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return reopen(t, Config{DataDir: dir, ConfigFile: file})
}

// A group that our client pushes WithTTL goes that long after its last push, by the push
// API as by JSON.
func TestOwnClientsTTL(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		d := &direct{to: g.Handler()}
		p := directly(t, d, "short", client.WithTTL(time.Minute), client.WithInterval(20*time.Second))
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		j, err := client.NewJSON(client.JSONConfig{URL: "http://gateway/api/v1/push", Client: d})
		if err != nil {
			t.Fatal(err)
		}
		if err := directly(t, d, "json", client.WithTTL(time.Minute), client.WithTransport(j)).Push(); err != nil {
			t.Fatal(err)
		}
		wantShown(t, g, "json", true)
		time.Sleep(5 * time.Minute)
		wantShown(t, g, "short", true)
		wantShown(t, g, "json", false)
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(58 * time.Second)
		wantShown(t, g, "short", true)
		time.Sleep(4 * time.Second)
		wantShown(t, g, "short", false)
	})
}

// A group that our client pushes WithKeepUntilScraped goes when it was scraped.
func TestOwnClientsKeepUntilScraped(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		if err := directly(t, &direct{to: g.Handler()}, "kept", client.WithKeepUntilScraped()).Push(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		wantShown(t, g, "kept", true)
		scrapeFrom(t, g, "10.0.0.1", "")
		time.Sleep(3 * time.Second)
		wantShown(t, g, "kept", false)
	})
}

// What our client says WithExpect is what the gateway expects: a group of which no push
// came in time is overdue.
func TestOwnClientsExpect(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		wantListed := func(part string) {
			t.Helper()
			if _, text := do(t, g.Handler(), http.MethodGet, "/api/v1/groups", ""); !strings.Contains(text, part) {
				t.Errorf("after %s the listing lacks %s: %s", time.Since(epoch), part, text)
			}
		}
		if err := directly(t, &direct{to: g.Handler()}, "nightly", client.WithExpect(26*time.Hour)).Push(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		wantListed(`"expect_seconds":93600,"overdue":false`)
		time.Sleep(2 * time.Hour)
		wantListed(`"expect_seconds":93600,"overdue":true`)
	})
}
