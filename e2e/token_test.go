package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// A real Prometheus scrapes with its own token, in the file that its documentation names,
// what a job has pushed with another; without it, it gets nothing.
func TestPrometheusScrapesWithAToken(t *testing.T) {
	dir := t.TempDir()
	config, credentials := filepath.Join(dir, "headgate.yml"), filepath.Join(dir, "prometheus.token")
	tokens := fmt.Sprintf("tokens:\n- {name: prometheus, sha256: %x, rights: [read]}\n- {name: job, sha256: %x, rights: [push], match: '{job=\"a\"}'}\n",
		sha256.Sum256([]byte("reads")), sha256.Sum256([]byte("pushes")))
	for name, text := range map[string]string{config: tokens, credentials: "reads\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := startGateway(t, filepath.Join(dir, "data"), "--config.file="+config)
	status, body, err := request(http.MethodPut, g.url+"/metrics/job/a", map[string]string{"Authorization": "Bearer pushes"}, []byte("size 7\n"))
	if err != nil || status != http.StatusOK {
		t.Fatalf("push: %d %s, %v", status, body, err)
	}
	p := runPrometheus(t, scrapeConfig("with", g, fmt.Sprintf(", authorization: {credentials_file: %q}", credentials))+scrapeConfig("without", g, ""))
	eventually(t, "the push is in Prometheus, by the scrape that has a token", func() error {
		for expr, want := range map[string]float64{`size{job="a"}`: 7, `up{job="with"}`: 1, `up{job="without"}`: 0} {
			got, err := p.query(expr)
			if err == nil && got != want {
				err = fmt.Errorf("%s is %v, want %v", expr, got, want)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
