package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
)

const jsonPath = "/api/v1/push"

// A JSON push is a POST of its group: its metrics are replaced, others stay, other
// groups too. The answer says which group it was.
func TestPushJSON(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/j/instance/i", "# TYPE m gauge\nm{a=\"1\"} 1\nm{a=\"2\"} 1\nkept 1\n")
	g.push(t, "/metrics/job/j", "# TYPE m gauge\nm 5\n")
	w := g.do("POST", jsonPath, `[{"name":"m","value":2,"type":"gauge","job":"j","labels":{"instance":"i","a":"1"}},
		{"name":"new_total","value":3,"type":"counter","help":"Things.","job":"j","labels":{"instance":"i"}}]`)
	want(t, w, http.StatusOK, `{"status":"success","data":{"group":{"instance":"i","job":"j"},"samples":2,"superseded":0}}`)
	wantHeader(t, w, "Content-Type", "application/json")
	g.wantResident(t, `m{a="1",instance="i",job="j"} 2`, "# HELP new_total Things.\n# TYPE new_total counter\n"+`new_total{instance="i",job="j"} 3`,
		`kept{instance="i",job="j"} 1`, `m{instance="",job="j"} 5`)
	g.wantAbsent(t, `m{a="2"`)
}

// The body is JSON whatever its Content-Type says, in any encoding that pushes may have.
func TestPushJSONBodies(t *testing.T) {
	g := newGateway(t, nil)
	for i, kind := range []string{"", "application/json", "application/x-www-form-urlencoded", "text/plain; version=0.0.4", "application/openmetrics-text"} {
		want(t, g.do("POST", jsonPath, fmt.Sprintf(`{"name":"m","value":%d,"job":"j"}`, i), "Content-Type", kind), http.StatusOK)
		g.wantResident(t, fmt.Sprintf("m{instance=\"\",job=\"j\"} %d\n", i))
	}
	for i, encoding := range []string{"gzip", "snappy", "zstd"} {
		body := compressed(t, encoding, fmt.Sprintf(`{"name":"z","value":%d,"job":"j"}`, i))
		want(t, g.do("POST", jsonPath, body, "Content-Encoding", encoding), http.StatusOK)
		g.wantResident(t, fmt.Sprintf("z{instance=\"\",job=\"j\"} %d\n", i))
	}
	if n := g.Telemetry.budget.used.Load(); n != 0 {
		t.Errorf("%d bytes still reserved", n)
	}
}

// What the URL says goes for entries that say nothing themselves.
func TestPushJSONParameters(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.UTF8Names = true })
	const body = `{"name":"m","value":1,"labels":{"region":"eu","instance":"i","a.b":"c"}}`
	for _, c := range []struct {
		query  string
		status int
		part   string
	}{
		{"?job=x%20y", 200, `"group":{"instance":"i","job":"x y"}`},
		{"?job=x&grouping=", 200, `"group":{"job":"x"}`},
		{"?job=x&grouping=region,instance,job,region", 200, `"group":{"instance":"i","job":"x","region":"eu"}`},
		{"?job=x&grouping=region&grouping=instance", 200, `"group":{"instance":"i","job":"x","region":"eu"}`},
		{"?job=x&grouping=U__a_2e_b", 200, `"group":{"a.b":"c","job":"x"}`},
		{"?job=x&other=1", 200, `"job":"x"`},
		{"", 400, "no job"},
		{"?job=", 400, "parameter job is empty"},
		{"?job=a&job=b", 400, "parameter job is given 2 times"},
		{"?job=%ff", 400, "is not valid UTF-8"},
		{"?job=x&grouping=__name", 400, "names that start with __ are reserved"},
		{"?job=x&grouping=%ff", 400, "improper label name"},
		{"?job=x&grouping=zone", 400, "no label \\\"zone\\\""},
		{"?job=x&grouping=" + strings.Repeat("a,", 64), 400, "65 names, 64 allowed"},
		{"?job=x;grouping=y", 400, "joined by"},
		{"?job=%zz", 400, "joined by"},
	} {
		w := g.do("POST", jsonPath+c.query, body)
		want(t, w, c.status, c.part)
		if c.status == 200 {
			want(t, g.do("PUT", "/api/v1/admin/wipe", ""), http.StatusAccepted)
		}
	}
}

// A refused push changes nothing but, if it could be read, the failure time of its
// group; the answer is a JSON error that says what would be right.
func TestRefusedPushJSON(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/j", "# TYPE m gauge\nm 1\n")
	for _, c := range []struct {
		name, body string
		reason     reason
		parts      []string
	}{
		{"no JSON", "m 1\n", badFormat, []string{"line 1, column 1", "expected a list of samples"}},
		{"unknown key", "[{\"name\":\"n\",\"value\":1},\n{\"name\":\"m\",\"valeu\":1}]", badFormat, []string{"line 2, column 13", "entry 2", `did you mean \"value\"?`}},
		{"two groups", `[{"name":"n","value":1,"job":"a"},{"name":"n","value":1,"job":"b"}]`, badFormat, []string{`{job=\"a\"}`, `{job=\"b\"}`, "send one for each"}},
		{"a type that others have", `{"name":"m","type":"counter","value":1,"job":"bad"}`, conflictingType, []string{"metric family m has type counter here and type gauge in other groups"}},
		{"a part of a histogram without its type", `[{"name":"h_count","type":"histogram","value":1,"job":"bad"},{"name":"h_sum","value":1,"job":"bad"}]`, badName, []string{"h_sum"}},
		{"twice", `[{"name":"n","value":1,"job":"bad"},{"name":"n","value":2,"job":"bad"}]`, duplicate, []string{"a push may hold each series once"}},
		{"bucket twice", `[{"name":"h_bucket","type":"histogram","labels":{"le":"1"},"value":1,"job":"bad"},{"name":"h_bucket","type":"histogram","labels":{"le":"1.0"},"value":1,"job":"bad"}]`, badValue, []string{"two buckets with the upper bound 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			counter := g.Telemetry.pushes[methodPost][c.reason]
			before := testutil.ToFloat64(counter)
			w := g.do("POST", jsonPath+"?job=bad", c.body)
			want(t, w, http.StatusBadRequest, append(c.parts, `{"status":"error","errorType":"bad_data","error":"`)...)
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("answer %s is not JSON", w.Body)
			}
			if n := testutil.ToFloat64(counter) - before; n != 1 {
				t.Errorf("counted %v times as %s", n, c.reason)
			}
			g.wantResident(t, `m{instance="",job="j"} 1`)
			if c.reason == badFormat {
				g.wantAbsent(t, "bad")
				return
			}
			g.wantAbsent(t, "\nn{", "\nh", `push_failure_time_seconds{instance="",job="bad"} 0`)
			g.wantResident(t, `push_failure_time_seconds{instance="",job="bad"} `, `push_time_seconds{instance="",job="bad"} 0`)
			want(t, g.do("DELETE", "/metrics/job/bad", ""), http.StatusAccepted)
		})
	}
}

// Bounds are those of other pushes.
func TestPushJSONLimits(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.MaxBody, o.MaxDecoded = 1000, 10_000 })
	entries := func(n int) string {
		return "[" + strings.Repeat(`{"name":"m","value":1,"job":"j"},`, n-1) + `{"name":"m","value":1,"job":"j"}]`
	}
	want(t, g.do("POST", jsonPath, entries(100)), http.StatusRequestEntityTooLarge, "limits.body_bytes", `"status":"error"`)
	want(t, g.do("POST", jsonPath, compressed(t, "gzip", entries(1000)), "Content-Encoding", "gzip"), http.StatusRequestEntityTooLarge, "limits.decoded_body_bytes")
	g.Door.SetRules(ingest.Rules{MaxSamples: 10, Limits: limit.Rules{Set: limit.Defaults}})
	want(t, g.do("POST", jsonPath, entries(11)), http.StatusRequestEntityTooLarge, "limit-push-samples", "more than 10 samples in one push", "limits.push_samples")
	want(t, g.do("POST", jsonPath, "x", "Content-Encoding", "br"), http.StatusUnsupportedMediaType)
	g.wantAbsent(t, "job=")
}

// Clocks differ by less than an hour: what is later than that is a mistake, and would
// win over all that is right.
func TestPushJSONTimestamps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		at := func(d time.Duration) int64 { return time.Now().Add(d).UnixMilli() }
		body := fmt.Sprintf(`[{"name":"m","value":1,"job":"j","timestamp":%d},{"name":"m","value":2,"job":"j","timestamp":%d}]`, at(time.Hour), at(0))
		want(t, g.do("POST", jsonPath, body), http.StatusOK, `"samples":2,"superseded":1`)
		g.wantResident(t, "m{instance=\"\",job=\"j\"} 1\n")
		if n := testutil.ToFloat64(g.Telemetry.superseded); n != 1 {
			t.Errorf("counted %v superseded samples", n)
		}
		body = fmt.Sprintf(`{"name":"m","value":3,"job":"j","timestamp":%d}`, at(time.Hour+time.Millisecond))
		want(t, g.do("POST", jsonPath, body), http.StatusBadRequest, "too far in the future")
		g.wantResident(t, "m{instance=\"\",job=\"j\"} 1\n")
	})
}

// A page of another site can't make a browser push, though it may read answers.
func TestPushJSONFromOtherSite(t *testing.T) {
	g := newGateway(t, nil)
	w := g.do("POST", jsonPath, `{"name":"m","value":1,"job":"j"}`, "Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.example")
	want(t, w, http.StatusForbidden, `"errorType":"forbidden"`, "another site")
	g.wantAbsent(t, "job=")
	if n := testutil.ToFloat64(g.Telemetry.pushes[methodPost][crossSite]); n != 1 {
		t.Errorf("counted %v times", n)
	}
	want(t, g.do("GET", jsonPath, ""), http.StatusMethodNotAllowed, "OPTIONS, POST")
}
