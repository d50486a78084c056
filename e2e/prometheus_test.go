package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// promServer is a running Prometheus that scrapes each second.
type promServer struct {
	*process
	url string
}

// startPrometheus scrapes the gateway as its documentation says to.
func startPrometheus(t *testing.T, g *gateway) *promServer {
	t.Helper()
	return runPrometheus(t, scrapeConfig("gateway", g, ""))
}

// scrapeConfig is one scrape job of the gateway, with further settings in YAML.
func scrapeConfig(job string, g *gateway, more string) string {
	return fmt.Sprintf("  - {job_name: %q, honor_labels: true, static_configs: [{targets: [%q]}]%s}\n",
		job, strings.TrimPrefix(g.url, "http://"), more)
}

func runPrometheus(t *testing.T, scrapeConfigs string) *promServer {
	t.Helper()
	path, err := prometheusBinary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := "global: {scrape_interval: 1s, evaluation_interval: 1s}\nscrape_configs:\n" + scrapeConfigs
	configFile := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(configFile, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	p := &promServer{process: start(t, path, "--config.file="+configFile,
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0")}
	eventually(t, "Prometheus ready", func() error {
		m := listening.FindStringSubmatch(p.out.String())
		if m == nil {
			return errors.New("it does not say where it listens")
		}
		p.url = "http://" + m[1]
		status, _, err := request(http.MethodGet, p.url+"/-/ready", nil, nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("ready: status %d", status)
		}
		return err
	})
	return p
}

// query returns the value of an instant query that selects one series.
func (p *promServer) query(expr string) (float64, error) {
	status, body, err := request(http.MethodGet, p.url+"/api/v1/query?query="+url.QueryEscape(expr), nil, nil)
	if err != nil {
		return 0, err
	}
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if status != http.StatusOK {
		return 0, fmt.Errorf("query %s: status %d: %s", expr, status, body)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, err
	}
	if n := len(answer.Data.Result); n != 1 {
		return 0, fmt.Errorf("query %s: want one series, got %d", expr, n)
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	return strconv.ParseFloat(text, 64)
}

// expect waits until the query answers this value.
func (p *promServer) expect(t *testing.T, expr string, want float64) {
	t.Helper()
	eventually(t, "PromQL "+expr, func() error {
		got, err := p.query(expr)
		if err == nil && got != want {
			err = fmt.Errorf("want %v, got %v", want, got)
		}
		return err
	})
}
