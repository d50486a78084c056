package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Increments have a key of their own each time, so that sending them again doesn't count,
// and pushing them again does.
func TestIncrementsHaveKey(t *testing.T) {
	const name = "Idempotency-Key"
	c := pushCmd{Aggregate: "delta"}
	if first, second := c.header().Get(name), c.header().Get(name); first == "" || first == second {
		t.Errorf("keys %q and %q, want two", first, second)
	}
	c.IdempotencyKey = "mine"
	if key := c.header().Get(name); key != "mine" {
		t.Errorf("key %q, want the one that was given", key)
	}
	c = pushCmd{Aggregate: "delta", Producer: "p", Sequence: 7}
	if h := c.header(); h.Get(name) != "" || h.Get("Headgate-Producer") != "p" || h.Get("Headgate-Sequence") != "7" {
		t.Errorf("%v, want the producer and no key", h)
	}
	if h := new(pushCmd).header(); len(h) != 0 {
		t.Errorf("%v for a push that asks for nothing", h)
	}
}

// A gateway that takes increments for values has lost what was there, and is told from one
// that adds.
func TestIncrementsWantGatewayThatAdds(t *testing.T) {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer gateway.Close()
	c := pushCmd{Aggregate: "delta", Metrics: []string{"n=1"}}
	c.URL, c.Job, c.Timeout = gateway.URL, "j", time.Minute
	var out, notes bytes.Buffer
	err := c.pushOnce(t.Context(), &streams{strings.NewReader(""), &out, &notes})
	if err == nil || !strings.Contains(err.Error(), "doesn't add up") || out.Len() > 0 {
		t.Errorf("error %v and %q, want that it doesn't add up", err, &out)
	}
}
