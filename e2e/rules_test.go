package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const deployed = "../deploy/"

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: want files, got %d, %v", pattern, len(found), err)
	}
	return found
}

// Each alert fires when it should and stays silent when it shouldn't, with the words
// that its test expects.
func TestRulesOfAlerts(t *testing.T) {
	check(t, promtoolBinary, "check", "config", deployed+"prometheus/prometheus.yml")
	check(t, promtoolBinary, append([]string{"test", "rules"}, files(t, deployed+"prometheus/tests/*.yml")...)...)
}

// Each of the scrape configurations brings the real Prometheus all that is resident,
// once, and tells it that the gateway is up.
func TestScrapeConfigurations(t *testing.T) {
	g := startGateway(t, t.TempDir())
	for _, job := range []string{"backup", "ci-build", "ci-lint", "report", "shop"} {
		g.do(t, "POST", "/metrics/job/"+job+"/instance/db-1", "rows 1\n", 200)
	}
	for _, name := range files(t, deployed+"prometheus/scrape/*.yml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p := runPrometheus(t, jobsOf(t, string(text), g))
			p.expect(t, `count(rows{instance="db-1"})`, 5)
			p.expect(t, `count(headgate_build_info{job="headgate"})`, 1)
			p.expect(t, `min(up{job=~"headgate(-.+)?"})`, 1)
		})
	}
}

// jobsOf returns the scrape jobs in a file, with this gateway as their target and quicker.
func jobsOf(t *testing.T, text string, g *gateway) string {
	t.Helper()
	_, jobs, ok := strings.Cut(text, "scrape_configs:\n")
	if !ok || !strings.Contains(jobs, `"localhost:9091"`) {
		t.Fatalf("want scrape_configs with the target localhost:9091:\n%s", text)
	}
	return strings.NewReplacer("localhost:9091", strings.TrimPrefix(g.url, "http://"), "scrape_interval: 1m", "scrape_interval: 1s").Replace(jobs)
}

// A Prometheus that scrapes a gateway at work evaluates all rules without an error, which
// series that match in two ways would be, and sees what goes wrong.
func TestRulesOnAGateway(t *testing.T) {
	t.Parallel()
	g := startNearLimit(t)
	feed(t, g)
	generated := filepath.Join(t.TempDir(), "generated.yml")
	runTool(t, "", binary, "rules", "generate", "--url="+g.url, "--file="+generated)
	rules, err := filepath.Abs(deployed + "prometheus/rules")
	if err != nil {
		t.Fatal(err)
	}
	p := runPrometheus(t, scrapeConfig("headgate", g, "")+fmt.Sprintf("rule_files: [%q, %q]\n", rules+"/*.yml", generated))
	eventually(t, "all rules evaluated", p.rulesAreHealthy)
	for _, alert := range []string{
		"HeadgatePushesRefused", "HeadgateLimitNear", "JobOverdue", "JobFailing", "JobPushRefused", "JobStuck", "JobOverlapping",
		"JobLimitNear", "PusherCircuitOpen",
	} {
		eventually(t, alert, func() error {
			found, err := p.series(`ALERTS{alertname="` + alert + `"}`)
			if err == nil && len(found) == 0 {
				err = errors.New("neither pending nor firing")
			}
			return err
		})
	}
}

// startNearLimit starts a gateway at which the job "crowd" has nine of the ten groups that
// it may have.
func startNearLimit(t *testing.T) *gateway {
	t.Helper()
	config, data := filepath.Join(t.TempDir(), "headgate.yml"), t.TempDir()
	if err := os.WriteFile(config, []byte("limits: {job_groups: 10}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g := startGateway(t, data, "--config.file="+config)
	for i := range 9 {
		g.do(t, "POST", fmt.Sprint("/metrics/job/crowd/instance/", i), "rows 1\n", 200)
	}
	g.stop(t) // it looks at the use of limits when it starts, and then only now and then
	return startGateway(t, data, "--config.file="+config)
}

// rulesAreHealthy is an error while a rule has failed or was not evaluated yet.
func (p *promServer) rulesAreHealthy() error {
	_, body, err := request(http.MethodGet, p.url+"/api/v1/rules", nil, nil)
	if err != nil {
		return err
	}
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if len(answer.Data.Groups) == 0 {
		return errors.New("no rules")
	}
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			if r.Health != "ok" {
				err = errors.Join(err, fmt.Errorf("%s: health %s: %s", r.Name, r.Health, r.LastError))
			}
		}
	}
	return err
}

// The rules that headgate rules generate writes of what is resident are right, fire and are
// silent, whatever jobs are called.
func TestRulesGenerated(t *testing.T) {
	g := startGateway(t, t.TempDir())
	for _, group := range []string{
		"backup/instance/db-1?", "backup/instance/db-2?", "%7B%7B%20%22x%22%20%7D%7D/instance/db-1?", "export?keep=until-scraped&",
	} {
		g.do(t, "POST", "/metrics/job/"+group+"expect=1h", "rows 1\n", 200)
	}
	dir := t.TempDir()
	tests := filepath.Join(dir, "rules_generated.yml")
	copyTo(t, dir, "testdata/rules_generated.yml")
	runTool(t, "", binary, "rules", "generate", "--url="+g.url, "--file="+filepath.Join(dir, "rules.yml"))
	check(t, promtoolBinary, "check", "rules", filepath.Join(dir, "rules.yml"))
	check(t, promtoolBinary, "test", "rules", tests)
}
