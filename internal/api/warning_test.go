package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/vocabulary"
)

// strict is a gateway whose vocabulary knows two values of env, and has an opinion on
// what else comes.
func strict(t *testing.T, unknown vocabulary.Action) *gateway {
	t.Helper()
	g := newGateway(t, nil)
	v, err := vocabulary.Compile([]vocabulary.Term{{Label: "env", Allowed: []string{"production", "test"}, Unknown: unknown}})
	if err != nil {
		t.Fatal(err)
	}
	g.Door.SetRules(ingest.Rules{Limits: limit.Rules{Set: limit.Defaults}, Vocabulary: v})
	return g
}

// wellFormed fails the test unless each value is a line of printable ASCII, not too
// long, that begins with a rule.
func wellFormed(t *testing.T, values []string) {
	t.Helper()
	for _, v := range values {
		if len(v) > 300 || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("header of %d bytes: %q", len(v), v)
		}
		if rule, _, ok := strings.Cut(v, ": "); !ok || strings.ContainsAny(rule, " \"{") {
			t.Errorf("header %q doesn't begin with a rule", v)
		}
	}
}

// Whatever is pushed, the headers that tell of it arrive: by way of a real connection,
// with line ends, quotes and any UTF-8 in values.
func TestWarningsAreWellFormed(t *testing.T) {
	g := strict(t, vocabulary.Warn)
	server := httptest.NewServer(g)
	defer server.Close()
	for _, value := range []string{
		`a\nX-Injected: 1`, "a\rb", "\u2028\U0001F600\u00e4", `\"\\`, "\x00\x7f", strings.Repeat("\U0001F600", 900), "plain",
	} {
		resp, err := http.Post(server.URL+"/metrics/job/j", "text/plain", strings.NewReader("m{env=\""+value+"\"} 1\n"))
		if err != nil {
			t.Errorf("%.20q: the answer isn't HTTP: %v", value, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%.20q: status %d", value, resp.StatusCode)
		}
		if resp.Header.Get("X-Injected") != "" {
			t.Errorf("%.20q: a value made a header of its own", value)
		}
		values := resp.Header.Values(warningHeader)
		wellFormed(t, values)
		if len(values) == 0 || !strings.HasPrefix(values[0], "vocabulary-unknown: ") {
			t.Errorf("%.20q: got %q, want to be told of the value", value, values)
		}
	}
}

// Invalid UTF-8 doesn't get in, and the refusal doesn't repeat it.
func TestInvalidUTF8IsRefusedReadably(t *testing.T) {
	g := strict(t, vocabulary.Refuse)
	w := g.do("PUT", "/metrics/job/j", "m{env=\"a\xffb\"} 1\n")
	want(t, w, http.StatusBadRequest, "UTF-8")
	if strings.Contains(w.Body.String(), "\xff") {
		t.Errorf("the answer has the invalid byte: %q", w.Body)
	}
	want(t, g.do("PUT", "/metrics/job/j", "m{env=\"a\\nb\"} 1\n"), http.StatusBadRequest, `env="a\nb": want one of production, test (vocabulary-unknown)`)
}

// An answer has at most ten warnings; the last says how many there are besides.
func TestAtMostTenWarnings(t *testing.T) {
	g := strict(t, vocabulary.Warn)
	for _, test := range []struct{ series, headers, more int }{{9, 9, 0}, {10, 10, 0}, {11, 10, 2}, {20, 10, 11}} {
		var body strings.Builder
		for i := range test.series {
			fmt.Fprintf(&body, "m{env=\"e%c\"} 1\n", 'a'+i)
		}
		w := g.do("PUT", fmt.Sprintf("/metrics/job/j%d", test.series), body.String())
		want(t, w, http.StatusOK)
		values := w.Header().Values(warningHeader)
		wellFormed(t, values)
		if len(values) != test.headers {
			t.Errorf("%d findings: %d headers, want %d", test.series, len(values), test.headers)
		}
		last := values[len(values)-1]
		if more := fmt.Sprintf("more: %d more findings", test.more); test.more > 0 && last != more {
			t.Errorf("%d findings: the last header is %q, want %q", test.series, last, more)
		} else if test.more == 0 && strings.HasPrefix(last, "more:") {
			t.Errorf("%d findings: the last header is %q", test.series, last)
		}
	}
}

// A push that is taken tells its findings as headers, and a JSON push in its answer,
// too; a refused one tells what was found until then.
func TestWarningsOfEachWayIn(t *testing.T) {
	g := strict(t, vocabulary.Warn)
	w := g.do("POST", jsonPath, `{"name":"m","value":1,"job":"j","labels":{"env":"prod"}}`)
	want(t, w, http.StatusOK, `"findings":[{"rule":"vocabulary-unknown","label":"env","value":"prod","message":"env=\"prod\": want one of production, test"`)
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("not JSON: %s", w.Body)
	}
	wantHeader(t, w, warningHeader, `vocabulary-unknown: env="prod": want one of production, test`)
	w = g.do("PUT", "/metrics/job/j?dry_run=1", "m{env=\"prod\"} 1\n")
	want(t, w, http.StatusOK)
	wantHeader(t, w, warningHeader, "vocabulary-unknown")
	w = g.do("PUT", "/metrics/job/k", "m{env=\"prod\"} 1 5\n")
	want(t, w, http.StatusBadRequest, "timestamps")
	wantHeader(t, w, warningHeader, "vocabulary-unknown")
}

// A limit on content is 422 with its message and nothing else in the body; a limit on
// the size of a push stays 413.
func TestLimitIsAnswered422(t *testing.T) {
	g := newGateway(t, nil)
	rules := ingest.Rules{Limits: limit.Rules{Set: limit.Defaults}, MaxSamples: 3}
	rules.Limits.Set.Max[limit.GroupSeries] = 4
	g.Door.SetRules(rules)
	const msg = `group series limit reached (limit-group-series): group {job="j"} would have 5 series, 4 allowed; raise limits.group_series or drop a label: "x" has 3 values in this push, such as "3"`
	w := g.do("PUT", "/metrics/job/j", "m{x=\"1\"} 1\nm{x=\"2\"} 1\nm{x=\"3\"} 1\n")
	want(t, w, http.StatusUnprocessableEntity)
	if got := w.Body.String(); got != msg+"\n" {
		t.Errorf("got\n%swant\n%s", got, msg)
	}
	w = g.do("POST", jsonPath, `[{"name":"m","value":1,"labels":{"x":"1"},"job":"j"},{"name":"n","value":1,"job":"j"},{"name":"o","value":1,"job":"j"}]`)
	want(t, w, http.StatusUnprocessableEntity, `{"status":"error","errorType":"bad_data","error":"group series limit reached (limit-group-series)`)
	want(t, g.do("PUT", "/metrics/job/j", "a 1\nb 1\nc 1\nd 1\n"), http.StatusRequestEntityTooLarge, "limits.push_samples")
	g.wantResident(t, "push_time_seconds{instance=\"\",job=\"j\"} 0\n")
}

// A job that pushes too often gets 429 and, in Retry-After, after how many whole
// seconds it is taken again: it is, and not before.
func TestRetryAfterOfARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		rules := ingest.Rules{Limits: limit.Rules{Set: limit.Defaults}}
		rules.Limits.Set.Max[limit.JobPushes] = 1
		g.Door.SetRules(rules)
		g.push(t, "/metrics/job/j", "m 1\n")
		for range 3 {
			time.Sleep(300 * time.Millisecond)
			w := g.do("POST", "/metrics/job/j", "m 2\n")
			want(t, w, http.StatusTooManyRequests, "(limit-job-pushes-per-second)")
			seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if err != nil || seconds != 1 {
				t.Fatalf("Retry-After %q, want 1", w.Header().Get("Retry-After"))
			}
			g.push(t, "/metrics/job/other"+strconv.Itoa(time.Now().Second()), "m 1\n")
			time.Sleep(time.Duration(seconds) * time.Second)
			g.push(t, "/metrics/job/j", "m 3\n")
		}
		g.wantResident(t, `push_failure_time_seconds{instance="",job="j"} 0`)
	})
}

// The bounds on bodies have stable ids as other limits have, what was found, what is
// allowed and the setting.
func TestBodyLimitsExplainThemselves(t *testing.T) {
	g := newGateway(t, nil)
	g.SetLimits(bodyRules(100, 200), 0)
	long := "m{x=\"" + strings.Repeat("y", 300) + "\"} 1\n"
	want(t, g.do("PUT", "/metrics/job/j", long), http.StatusRequestEntityTooLarge,
		"push too large (limit-body-bytes): the body has 310 bytes, 100 allowed", "raise limits.body_bytes")
	want(t, g.do("POST", jsonPath, long), http.StatusRequestEntityTooLarge, "(limit-body-bytes)")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(long)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, g.do("PUT", "/metrics/job/j", packed.String(), "Content-Encoding", "gzip"), http.StatusRequestEntityTooLarge,
		"push too large (limit-decoded-body-bytes): the gzip body decompresses to at least", "200 allowed", "raise limits.decoded_body_bytes")
}
