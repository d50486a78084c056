package api

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/headgate/headgate/internal/store"
)

// numbered are the headers of a producer's push.
func numbered(producer string, n uint64) []string {
	return []string{"Headgate-Producer", producer, "Headgate-Sequence", fmt.Sprint(n)}
}

// A push that was taken is answered again as it was, says so, and changes nothing. That
// holds for all pushes, not only for those that are added up.
func TestDuplicates(t *testing.T) {
	g := newGateway(t, nil)
	for _, c := range []struct {
		method, target, body string
		once                 []string
	}{
		{"POST", "/metrics/job/d?aggregate=delta", hits(5), numbered("p", 1)},
		{"POST", "/metrics/job/d?aggregate=delta", hits(5), []string{"Idempotency-Key", "k1"}},
		{"POST", "/metrics/job/c?aggregate=cumulative&pusher=x", hits(5), numbered("p", 2)},
		{"PUT", "/metrics/job/plain", "m 1\n", []string{"Idempotency-Key", "k2"}},
		{"POST", jsonPath + "?aggregate=delta", `{"name":"hits_total","type":"counter","value":5,"job":"d"}`, numbered("q", 1)},
	} {
		w := g.do(c.method, c.target, c.body, c.once...)
		want(t, w, 200)
		if got := w.Header().Get("Headgate-Duplicate"); got != "" {
			t.Errorf("%s: the first is called a duplicate", c.target)
		}
		before := g.scraped(t)
		again := g.do(c.method, c.target, c.body, c.once...)
		want(t, again, 200, w.Body.String())
		wantHeader(t, again, "Headgate-Duplicate", "true")
		if aggregate := w.Header().Get("Headgate-Aggregate"); again.Header().Get("Headgate-Aggregate") != aggregate {
			t.Errorf("%s: the repetition doesn't say %q", c.target, aggregate)
		}
		if after := g.scraped(t); after != before {
			t.Errorf("%s: a repetition made\n%s\nof\n%s", c.target, after, before)
		}
	}
	g.wantResident(t, `hits_total{instance="",job="d"} 15`)
	if n := testutil.ToFloat64(g.Telemetry.duplicates); n != 5 {
		t.Errorf("counted %v duplicates, want 5", n)
	}
}

// Who isn't known may begin at any number with what was never sent before. What lies before
// that, and any repetition, may have been taken by a gateway that has forgotten it.
func TestUnknownProducerGoesOn(t *testing.T) {
	g := newGateway(t, nil)
	send := func(n uint64, first string, status int, parts ...string) {
		t.Helper()
		header := append(numbered("p", n), "Headgate-First-Attempt", first)
		want(t, g.do("POST", "/metrics/job/d?aggregate=delta", hits(1), header...), status, parts...)
	}
	g.wantUnchanged(t, func() {
		send(5000, "false", 409, `producer "p" isn't known`, "number anew")
		send(5000, "perhaps", 400, "Headgate-First-Attempt", "want 1 or 0")
	})
	send(5000, "true", 200)
	send(4990, "true", 200) // was overtaken
	g.wantUnchanged(t, func() {
		send(4991, "false", 409, "can't be told")
		send(4990, "false", 200) // a duplicate
		send(5000, "true", 200)
	})
	send(5002, "true", 200)
	send(5001, "false", 200) // nobody has taken it since 5000
	g.wantResident(t, `hits_total{instance="",job="d"} 4`)
}

// Pushes may overtake each other within the window. Before it nobody knows whether one
// was applied, which is 409, and far ahead of it something is wrong.
func TestSequenceWindow(t *testing.T) {
	g := newGateway(t, nil)
	const target = "/metrics/job/d?aggregate=delta"
	send := func(n uint64, status int, parts ...string) {
		t.Helper()
		want(t, g.do("POST", target, hits(1), numbered("p", n)...), status, parts...)
	}
	send(3, 200)
	send(1, 200)
	send(store.Window+3, 200)
	send(4, 200)
	g.wantUnchanged(t, func() {
		send(2, 409, `sequence 2 of producer "p"`, "can't be told")
		send(3, 409)
		send(4, 200) // a duplicate
		send(3*store.Window, 400, "sequence")
	})
	want(t, g.do("POST", target, hits(1), append(numbered("p", 1), "Headgate-Epoch", "2")...), 200)
	g.wantUnchanged(t, func() { send(store.Window+4, 409, "epoch") })
	g.wantResident(t, `hits_total{instance="",job="d"} 5`)
}

// A push that was refused may come again, mended, under the same number.
func TestRefusedIsNotTaken(t *testing.T) {
	g := newGateway(t, nil)
	const target = "/metrics/job/d?aggregate=delta"
	want(t, g.do("POST", target, hits(-1), numbered("p", 1)...), 400)
	w := g.do("POST", target, hits(1), numbered("p", 1)...)
	want(t, w, 200)
	if w.Header().Get("Headgate-Duplicate") != "" {
		t.Error("what was refused counts as taken")
	}
}

// Headers that make no sense are refused before anything is done.
func TestBadOnce(t *testing.T) {
	g := newGateway(t, nil)
	long := fmt.Sprintf("%0300d", 1)
	for _, c := range []struct {
		part    string
		headers []string
	}{
		{"want both", []string{"Headgate-Producer", "p"}},
		{"want both", []string{"Headgate-Sequence", "1"}},
		{`"0": want a whole number from 1`, numbered("p", 0)},
		{"want a whole number", []string{"Headgate-Producer", "p", "Headgate-Sequence", "one"}},
		{"want a whole number", append(numbered("p", 1), "Headgate-Epoch", "-1")},
		{"want one of both", append(numbered("p", 1), "Idempotency-Key", "k")},
		{"256 allowed", []string{"Idempotency-Key", long}},
		{"256 allowed", numbered(long, 1)},
		{"256 allowed", []string{"Headgate-Pusher", long}},
	} {
		want(t, g.do("POST", "/metrics/job/j?aggregate=delta", hits(1), c.headers...), 400, c.part)
	}
	g.wantAbsent(t, "hits_total")
	for _, query := range []string{"aggregate=sum", "aggregate=", "aggregate=Delta", "aggregate=delta;x", "aggregate=%zz"} {
		want(t, g.do("PUT", "/metrics/job/j?"+query, hits(1)), 400, "delta or")
	}
}

// A dry run of a push that is to be added up tells what would become of it.
func TestDryRunOfSums(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/d?aggregate=delta", hits(1))
	before := g.scraped(t)
	want(t, g.do("POST", "/metrics/job/new?aggregate=delta&dry_run=1", hits(1)), 200)
	want(t, g.do("POST", "/metrics/job/d?dry_run=1", hits(1)), 400, "aggregate delta")
	if after := g.scraped(t); after != before {
		t.Errorf("dry runs made\n%s\nof\n%s", after, before)
	}
	want(t, g.do("POST", "/metrics/job/new?aggregate=delta", hits(1), numbered("p", 1)...), 200)
}

// A dry run into a sum is answered as the push would be.
func TestDryRunIntoASum(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/d?aggregate=delta", hits(1))
	g.push(t, "/metrics/job/plain", hits(1))
	for _, c := range []struct {
		target string
		status int
	}{
		{"/metrics/job/d?aggregate=delta", 200},
		{"/metrics/job/d?aggregate=cumulative&pusher=a", 400},
		{"/metrics/job/plain?aggregate=delta", 400},
	} {
		want(t, g.do("POST", c.target+"&dry_run=1", hits(1)), c.status)
	}
	g.wantResident(t, `hits_total{instance="",job="d"} 1`)
}

// Copies of one push that are under way at once count once, and all but one are told so.
func TestDuplicatesAtOnce(t *testing.T) {
	g := newGateway(t, nil)
	for round := range uint64(20) {
		var first atomic.Int64
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				w := g.do("POST", "/metrics/job/d?aggregate=delta", hits(1), numbered("p", round+1)...)
				if w.Code == 200 && w.Header().Get("Headgate-Duplicate") == "" {
					first.Add(1)
				}
			})
		}
		all.Wait()
		if n := first.Load(); n != 1 {
			t.Fatalf("round %d: %d pushes were the first", round, n)
		}
	}
	g.wantResident(t, `hits_total{instance="",job="d"} 20`)
}
