package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/store"
)

// hits is a body with one counter.
func hits(n int) string { return fmt.Sprintf("# TYPE hits_total counter\nhits_total %d\n", n) }

// ruled puts an aggregation rule in force for the jobs whose name begins with "sum".
func (g *gateway) ruled(t *testing.T, a ingest.Aggregation, relabelling string) {
	t.Helper()
	r := ingest.Rules{Limits: limit.Rules{Set: limit.Defaults}}
	a.Match = []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, "job", "sum.*")}
	r.Aggregations = []ingest.Aggregation{a}
	if relabelling != "" {
		configs, err := relabel.Read("r.yml", []byte("relabel_configs: ["+relabelling+"]"))
		if err != nil {
			t.Fatal(err)
		}
		if r.Relabel, err = relabel.Compile(configs); err != nil {
			t.Fatal(err)
		}
	}
	g.Door.SetRules(r)
}

// wantUnchanged fails the test unless the requests leave all but failure times as it was.
func (g *gateway) wantUnchanged(t *testing.T, requests func()) {
	t.Helper()
	values := func() string {
		var kept []string
		for line := range strings.Lines(g.scraped(t)) {
			if !strings.HasPrefix(line, "push_failure_time_seconds") {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
	before := values()
	requests()
	if after := values(); after != before {
		t.Errorf("got\n%s\nwant as before\n%s", after, before)
	}
}

// Increments add up whether the URL, a header or a rule says that they are some, in
// each format, and the answer says that they were taken as such.
func TestDelta(t *testing.T) {
	g := newGateway(t, nil)
	g.ruled(t, ingest.Aggregation{Mode: store.Delta}, "")
	for i, c := range [][]string{
		{"/metrics/job/j?aggregate=delta"},
		{"/metrics/job/j", "Headgate-Aggregate", "delta"},
		{"/metrics/job/sum"},
		{"/metrics/job/sum?aggregate=delta"},
	} {
		w := g.do("POST", c[0], hits(i+1), c[1:]...)
		want(t, w, 200)
		wantHeader(t, w, "Headgate-Aggregate", "delta")
	}
	w := g.do("POST", jsonPath+"?aggregate=delta", `{"name":"hits_total","type":"counter","value":10,"job":"j"}`)
	want(t, w, 200, `"status":"success"`)
	wantHeader(t, w, "Headgate-Aggregate", "delta")
	want(t, g.do("POST", jsonPath, `{"name":"hits_total","type":"counter","value":20,"job":"sum"}`), 200)
	g.wantResident(t, `hits_total{instance="",job="j"} 13`, `hits_total{instance="",job="sum"} 27`)
}

// PUT means to replace, which nobody can mean of increments. A rule makes no exception.
func TestDeltaIsNeverPut(t *testing.T) {
	g := newGateway(t, nil)
	g.ruled(t, ingest.Aggregation{Mode: store.Delta}, "")
	for _, target := range []string{"/metrics/job/sum", "/metrics/job/j?aggregate=delta"} {
		g.push(t, target, hits(1))
		g.wantUnchanged(t, func() { want(t, g.do("PUT", target, hits(1)), 400, "which is POST") })
	}
}

// Stock clients push their own totals by PUT, each under a key of its own: what they
// add up to is shown under the key without the label that tells them apart.
func TestCumulative(t *testing.T) {
	for name, relabelling := range map[string]string{
		"plain": "", "with relabel rules": `{source_labels: [x], target_label: y}`,
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t, nil)
			g.ruled(t, ingest.Aggregation{Mode: store.Cumulative, PusherLabel: "instance"}, relabelling)
			for _, p := range []struct {
				method, pusher string
				total          int
			}{
				{"PUT", "a", 5}, {"PUT", "b", 10}, {"PUT", "a", 7}, {"POST", "b", 10}, {"PUT", "a", 1}, // begun anew
			} {
				want(t, g.do(p.method, "/metrics/job/sum/instance/"+p.pusher, hits(p.total)), 200)
			}
			g.wantResident(t, `hits_total{instance="",job="sum"} 18`)
			g.wantAbsent(t, `instance="a"`, `instance="b"`)
		})
	}
}

// A header names the pusher, or a parameter, and goes before the label. The label is
// taken off the series, too, where the body has it.
func TestPusherIsNamed(t *testing.T) {
	for _, relabelling := range []string{"", `{source_labels: [x], target_label: y}`} {
		g := newGateway(t, nil)
		g.ruled(t, ingest.Aggregation{Mode: store.Cumulative, PusherLabel: "pod"}, relabelling)
		body := "# TYPE hits_total counter\nhits_total{pod=\"p1\"} 5\n"
		want(t, g.do("PUT", "/metrics/job/sum/pod/x", body, "Headgate-Pusher", "one"), 200)
		want(t, g.do("PUT", "/metrics/job/sum?pusher=one", body), 200)
		want(t, g.do("PUT", "/metrics/job/sum/pod/two", body), 200)
		g.wantResident(t, `hits_total{instance="",job="sum"} 10`)
		g.wantAbsent(t, `pod=`)
	}
}

// Totals of nobody knows whom can't be told apart: nothing is applied.
func TestCumulativeNeedsAPusher(t *testing.T) {
	g := newGateway(t, nil)
	g.ruled(t, ingest.Aggregation{Mode: store.Cumulative, PusherLabel: "instance"}, "")
	want(t, g.do("PUT", "/metrics/job/sum", hits(1)), 400, "Headgate-Pusher", "pusher_label")
	want(t, g.do("POST", "/metrics/job/j?aggregate=cumulative", hits(1)), 400, "Headgate-Pusher")
	g.wantAbsent(t, "hits_total{")
	if n := testutil.ToFloat64(g.Telemetry.pushes[methodPut][badPusher]); n != 1 {
		t.Errorf("counted %v without a pusher, want 1", n)
	}
}

// A delete of one pusher's key is none of the sum, which others have pushed to.
func TestDeleteOfAPusher(t *testing.T) {
	g := newGateway(t, nil)
	g.ruled(t, ingest.Aggregation{Mode: store.Cumulative, PusherLabel: "instance"}, "")
	want(t, g.do("PUT", "/metrics/job/sum/instance/a", hits(5)), 200)
	want(t, g.do("DELETE", "/metrics/job/sum/instance/a", ""), 202)
	g.wantResident(t, `hits_total{instance="",job="sum"} 5`)
	want(t, g.do("DELETE", "/metrics/job/sum", ""), 202)
	g.wantAbsent(t, "hits_total{")
}

// What doesn't go with a sum is refused with what was found and what was expected, and
// nothing of the push is applied, whatever else is in it.
func TestSumRefuses(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/plain", hits(1))
	g.push(t, "/metrics/job/d?aggregate=delta", hits(1)+"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")
	want(t, g.do("POST", "/metrics/job/c?aggregate=cumulative&pusher=p", hits(5), "Headgate-Epoch", "2"), 200)
	also := "# TYPE a_total counter\na_total 1\n"
	g.wantUnchanged(t, func() {
		for _, c := range []struct {
			target, body, found, expected string
		}{
			{"/metrics/job/plain?aggregate=delta", hits(1), "aggregate none", "this one is with delta"},
			{"/metrics/job/d", hits(1), "aggregate delta", "this one is with none"},
			{"/metrics/job/d?aggregate=cumulative&pusher=p", hits(1), "aggregate delta", "this one is with cumulative"},
			{"/metrics/job/c?aggregate=delta", hits(1), "aggregate cumulative", "this one is with delta"},
			{"/metrics/job/d?aggregate=delta", also + "# TYPE hits_total gauge\nhits_total 1\n", "type gauge", "type counter"},
			{"/metrics/job/d?aggregate=delta", also + hits(-1), "counter -1", "0 or more"},
			{"/metrics/job/d?aggregate=delta", also + "# TYPE h histogram\nh_bucket{le=\"3\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n", "3", "1"},
		} {
			want(t, g.do("POST", c.target, c.body), 400, c.found, c.expected)
		}
		want(t, g.do("POST", "/metrics/job/c?aggregate=cumulative&pusher=p", also+hits(4), "Headgate-Epoch", "2"), 400, "fell within epoch 2", "later epoch")
	})
}

// Who has pushed to a sum is listed, under its key and under that of each of them.
func TestPushersOfASum(t *testing.T) {
	g := newGateway(t, nil)
	g.ruled(t, ingest.Aggregation{Mode: store.Cumulative, PusherLabel: "instance"}, "")
	for _, pusher := range []string{"a", "b", "a"} {
		want(t, g.do("PUT", "/metrics/job/sum/x/1/instance/"+pusher, hits(5)+"# TYPE n gauge\nn 1\n"), 200)
	}
	for _, key := range []string{"job/sum/x/1", "job@base64/c3Vt/x/1", "job/sum/x/1/instance/b"} {
		w := g.do("GET", "/api/v1/groups/"+key+"/pushers", "")
		want(t, w, 200, `{"status":"success","data":{"aggregate":"cumulative","pushers":[{"name":"a","pushes":2,"samples":4,"last_push":"`, `{"name":"b","pushes":1,"samples":2,`)
		wantHeader(t, w, "Access-Control-Allow-Origin", "*")
	}
	want(t, g.do("GET", "/api/v1/groups", ""), 200, `"aggregate":"cumulative"`)
	want(t, g.do("GET", "/", ""), 200, "sum, cumulative")
	g.push(t, "/metrics/job/plain", hits(1))
	want(t, g.do("GET", "/api/v1/groups/job/plain/pushers", ""), 200, `{"aggregate":"none","pushers":[]}`)
	want(t, g.do("GET", "/api/v1/groups/job/none/pushers", ""), 404, `"errorType":"not_found"`, "job/none")
	want(t, g.do("GET", "/api/v1/groups/job/sum/x/pushers", ""), 400, "errorType")
	want(t, g.do("GET", "/api/v1/groups/none/pushers", ""), 404, "no such path")
	want(t, g.do("POST", "/api/v1/groups/job/sum/x/1/pushers", ""), 405)
}
