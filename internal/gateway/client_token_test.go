package gateway

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	stock "github.com/prometheus/client_golang/prometheus/push"

	client "github.com/headgate/headgate/push"
)

// Clients that are there already get through with a token as their password, ours with
// the file; neither gets further than the token does.
func TestClientsWithTokens(t *testing.T) {
	dir := t.TempDir()
	config, secret := filepath.Join(dir, "c.yml"), filepath.Join(dir, "token")
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	text := fmt.Sprintf("anonymous: [read]\ntokens:\n- {name: a, sha256: %x, rights: [push, delete], match: '{job=\"a\"}', expires: %s}\n",
		sha256.Sum256([]byte("secret")), expires.Format(time.RFC3339))
	for name, content := range map[string]string{config: text, secret: "secret\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := start(t, Config{ConfigFile: config})
	url := servedOn(t, g)
	size := prometheus.NewGauge(prometheus.GaugeOpts{Name: "size"})
	type pusher interface {
		Push() error
		Delete() error
	}
	for name, to := range map[string]func(job string) pusher{
		"client_golang": func(job string) pusher { return stock.New(url, job).Collector(size).BasicAuth("any", "secret") },
		"ours": func(job string) pusher {
			return client.New(url, job, client.WithBearerTokenFile(secret)).Collector(size)
		},
	} {
		p := to("a")
		if err := p.Push(); err != nil {
			t.Errorf("%s: push: %v", name, err)
		}
		if scraped(t, g)["size"] == nil {
			t.Errorf("%s: the push isn't there", name)
		}
		if err := p.Delete(); err != nil {
			t.Errorf("%s: delete: %v", name, err)
		}
		for what, err := range map[string]error{"push": to("b").Push(), "delete": to("b").Delete()} {
			if err == nil || !strings.Contains(err.Error(), "403") || !strings.Contains(err.Error(), "no right to") {
				t.Errorf("%s: %s of another group: got %v", name, what, err)
			}
		}
	}
	http.DefaultClient.CloseIdleConnections() // client_golang's
	if got := scraped(t, g)["headgate_token_expires_timestamp_seconds"].GetMetric()[0].GetGauge().GetValue(); got != float64(expires.Unix()) {
		t.Errorf("the token expires at %v, want %v", got, expires.Unix())
	}
}
