package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A group that expires is stale in Prometheus with the first scrape that doesn't show
// it, long before the five minutes for which Prometheus would look back; others stay.
func TestExpiredGroupIsStaleAtOnce(t *testing.T) {
	g := startGateway(t, t.TempDir())
	p := startPrometheus(t, g)
	for _, job := range []string{"short", "long"} {
		g.do(t, http.MethodPut, "/metrics/job/"+job+"?ttl=1h", "lived 1\n", http.StatusOK)
		p.expect(t, `lived{job="`+job+`"}`, 1)
	}
	g.do(t, http.MethodPut, "/metrics/job/short?ttl=1s", "lived 1\n", http.StatusOK)
	p.expectNone(t, `lived{job="short"}`)
	p.expectNone(t, `push_time_seconds{job="short"}`)
	p.expect(t, `lived{job="long"}`, 1)
	p.expect(t, `headgate_groups_expired_total`, 1)
}

// A group that stays until it is scraped is in Prometheus, once it was, and is gone
// from the gateway.
func TestKeptGroupIsScrapedAndGoes(t *testing.T) {
	g := startGateway(t, t.TempDir())
	p := startPrometheus(t, g)
	p.expect(t, `headgate_scrapers`, 1)
	g.do(t, http.MethodPut, "/metrics/job/once?keep=until-scraped", "result 42\n", http.StatusOK)
	g.expectGone(t, "once")
	p.expect(t, `last_over_time(result{job="once"}[5m])`, 42)
	p.expectNone(t, `result{job="once"}`)
}

// A gateway that is killed between a push and its deadline doesn't keep the group
// alive: it goes when its time has come, be the gateway back before that or after it.
func TestDeadlineOutlivesKill(t *testing.T) {
	dir := t.TempDir()
	g := startGateway(t, dir)
	g.do(t, http.MethodPut, "/metrics/job/passed?ttl=1s", "lived 1\n", http.StatusOK)
	g.do(t, http.MethodPut, "/metrics/job/coming?ttl=6s", "lived 1\n", http.StatusOK)
	g.do(t, http.MethodPut, "/metrics/job/far?ttl=1h", "lived 1\n", http.StatusOK)
	pushed := time.Now()
	g.kill()
	eventually(t, "the first deadline has passed while nothing runs", func() error {
		if d := time.Since(pushed); d < 2*time.Second {
			return fmt.Errorf("%s since the push", d)
		}
		return nil
	})
	g = startGateway(t, dir)
	p := startPrometheus(t, g)
	g.expectGone(t, "passed")
	g.expectGone(t, "coming")
	p.expect(t, `up{job="gateway"}`, 1)
	p.expect(t, `lived{job="far"}`, 1)
	p.expectNone(t, `lived{job=~"passed|coming"}`)
	g.kill()
	g = startGateway(t, dir)
	for _, job := range []string{"passed", "coming"} {
		if g.shows(t, job) {
			t.Errorf("after one more kill job %s is there again", job)
		}
	}
}

func (g *gateway) shows(t *testing.T, job string) bool {
	t.Helper()
	return strings.Contains(string(g.do(t, http.MethodGet, "/metrics", "", http.StatusOK)), `job="`+job+`"`)
}

// expectGone waits until no series of a job is scraped.
func (g *gateway) expectGone(t *testing.T, job string) {
	t.Helper()
	eventually(t, "job "+job+" gone", func() error {
		if g.shows(t, job) {
			return errors.New("it is scraped still")
		}
		return nil
	})
}

// expectNone waits until an instant query answers nothing.
func (p *promServer) expectNone(t *testing.T, expr string) {
	t.Helper()
	p.expect(t, "count("+expr+") or vector(0)", 0)
}
