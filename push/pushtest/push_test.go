package pushtest

import (
	"maps"
	"testing"
	"time"
)

// The record of a push has what was sent and what was asked for, from the header
// or the query.
func TestPushRecord(t *testing.T) {
	g := New(t)
	before := time.Now()
	must(t, g, 200, "POST", "/metrics/job/a%2Fb/x/y?ttl=36h", "a 1\n",
		"Headgate-Expect", "1d2h", "Headgate-Keep", "until-scraped", "X-Mine", "yes")
	p := last(t, g)
	if p.Method != "POST" || p.Path != "/metrics/job/a%2Fb/x/y" || p.Query.Get("ttl") != "36h" || p.Header.Get("X-Mine") != "yes" {
		t.Errorf("request: %+v", p)
	}
	if want := map[string]string{"job": "a/b", "x": "y"}; !maps.Equal(p.Grouping, want) {
		t.Errorf("grouping: want %v, got %v", want, p.Grouping)
	}
	if want := (Lifetime{TTL: 36 * time.Hour, Expect: 26 * time.Hour, KeepUntilScraped: true}); p.Lifetime != want {
		t.Errorf("lifetime: want %+v, got %+v", want, p.Lifetime)
	}
	if p.Time.Before(before) || p.Wire != 4 || string(p.Body) != "a 1\n" || len(p.Families) != 1 || len(p.Families[0].Metric[0].Label) != 0 {
		t.Errorf("body: %+v", p)
	}
}

// Whatever an answer implies is visible when the client has it.
func TestVisibleBeforeTheAnswer(t *testing.T) {
	g := New(t)
	for range 200 {
		must(t, g, 200, "PUT", "/metrics/job/j", "a 1\n")
		if p := last(t, g); !p.Applied || p.Status != 200 {
			t.Fatal(p)
		}
	}
}
