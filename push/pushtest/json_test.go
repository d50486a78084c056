package pushtest

import (
	"encoding/json"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
)

// Samples that arrive as JSON are kept one by one; a scrape shows the newest.
func TestJSON(t *testing.T) {
	g := New(t)
	a := must(t, g, 200, "POST", "/api/v1/push", `[
		{"name": "t", "value": 2, "type": "gauge", "timestamp": 2000, "job": "j", "labels": {"x": "a\"\n\\b", "instance": "i"}},
		{"name": "t", "value": 1, "type": "gauge", "timestamp": "1970-01-01T00:00:01Z", "job": "j", "tags": {"x": "a\"\n\\b", "instance": "i"}}]`)
	wantValue(t, g, 2, "t", "job", "j", "instance", "i", "x", "a\"\n\\b")
	if want := `{"status":"success","data":{"group":{"instance":"i","job":"j"},"samples":2,"superseded":1}}`; a.body != want {
		t.Errorf("want %s, got %s", want, a.body)
	}
	samples := g.Samples("t", "job", "j")
	if len(samples) != 2 || samples[0].TimestampMs != 2000 || samples[1].TimestampMs != 1000 || samples[1].Value != 1 {
		t.Errorf("samples %v", samples)
	}
	if p := last(t, g); len(p.Samples) != 2 || p.Grouping["instance"] != "i" {
		t.Errorf("push %+v", p)
	}
	must(t, g, 200, "POST", "/api/v1/push?job=fallback", `{"name": "n", "value": "-Inf"}`)
	wantValue(t, g, math.Inf(-1), "n", "job", "fallback")
}

// Histograms come as the series of a scrape, in any order, and add up.
func TestJSONHistogram(t *testing.T) {
	g := New(t)
	for range 2 {
		must(t, g, 200, "POST", "/api/v1/push?grouping=zone", `[
			{"name": "h_bucket", "value": 3, "type": "histogram", "labels": {"le": "+Inf", "job": "k", "zone": "z"}},
			{"name": "h_count", "value": 3, "type": "histogram", "labels": {"job": "k", "zone": "z"}},
			{"name": "h_bucket", "value": 2, "type": "histogram", "labels": {"le": "10", "job": "k", "zone": "z"}},
			{"name": "h_bucket", "value": 1, "type": "histogram", "labels": {"le": "2", "job": "k", "zone": "z"}},
			{"name": "h_sum", "value": 7.5, "type": "histogram", "labels": {"job": "k", "zone": "z"}}]`, aggregateHeader, "delta")
	}
	wantValue(t, g, 2, "h_bucket", "le", "2")
	wantValue(t, g, 4, "h_bucket", "le", "10")
	wantValue(t, g, 6, "h_bucket", "le", "+Inf")
	wantValue(t, g, 6, "h_count", "job", "k")
	if key := g.Groups()[0].Labels; len(key) != 2 || key["zone"] != "z" {
		t.Errorf("group %v", key)
	}
}

// JSON with a sequence is applied once, as increments or as samples.
func TestJSONOnce(t *testing.T) {
	g := New(t)
	body := `[{"name": "c_total", "value": 2, "type": "counter", "job": "j"}]`
	for sequence, headers := range [][]string{
		{producerHeader, "p", sequenceHeader, "1", aggregateHeader, "delta"},
		{producerHeader, "p", sequenceHeader, "2", aggregateHeader, "delta"},
		{producerHeader, "p", sequenceHeader, "3"},
	} {
		for _, duplicate := range []string{"", "true"} {
			a := must(t, g, 200, "POST", "/api/v1/push", body, headers...)
			if got := a.header.Get(duplicateHeader); got != duplicate {
				t.Errorf("sequence %d: duplicate %q, want %q", sequence+1, got, duplicate)
			}
		}
		if sequence == 1 {
			wantValue(t, g, 4, "c_total")
		}
	}
	wantValue(t, g, 2, "c_total")
	if n := len(g.Samples("c_total")); n != 3 {
		t.Errorf("want 3 samples, got %d", n)
	}
}

// JSON that isn't what it should be is 400, says where, and changes nothing.
func TestJSONRefused(t *testing.T) {
	g := New(t)
	const good = `{"name": "a", "value": 1, "job": "j"}`
	for body, says := range map[string]string{
		``:    "want a list",
		`[]`:  "at least one",
		`"a"`: "want a list",
		`[` + good + `, {"name": "a", "value": 1, "job": "k"}]`:              "want one group",
		`{"name": "a", "value": 1, "job": "j", "timestamp": 33000000000000}`: "too far in the future",
		`[` + good + `] 1`:                          "behind the samples",
		`[` + good + `, {"name": "a", "value": 1}]`: "entry 2: metric \"a\" has no job",
		`[` + good + `, {"name": "a", "value": 1, "job": "j", "type": "gauge"}]`:     `"gauge"`,
		`[{"name": "a", "job": "j"}]`:                                                "no value",
		`[{"name": "a b", "value": 1, "job": "j"}]`:                                  `"a b"`,
		`[{"name": "a", "value": 1, "job": "j", "labels": {"x\n": ""}}]`:             `"x\n"`,
		`[{"name": "a", "value": 1, "job": "j", "labels": {}, "tags": {}}]`:          "one of them",
		`[{"name": "a", "value": 1, "job": "j", "lables": {}}]`:                      "lables",
		`[{"name": "a", "value": "1", "job": "j"}]`:                                  `"1"`,
		`[{"name": "a", "value": 1, "job": "j", "type": "timer"}]`:                   `"timer"`,
		`[{"name": "a", "value": 1, "job": "j", "timestamp": "yesterday"}]`:          "RFC 3339",
		`[{"name": "h", "value": 1, "job": "j", "type": "histogram"}]`:               "h",
		`[{"name": "a", "value": 1, "job": "j", "labels": {"__reserved__": "yes"}}]`: "__reserved__",
	} {
		a := must(t, g, 400, "POST", "/api/v1/push", body)
		var answer struct{ Status, ErrorType, Error string }
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil || answer.Status != "error" {
			t.Errorf("%s: answer %s: %v", body, a.body, err)
		}
		if !strings.Contains(answer.Error, says) {
			t.Errorf("%s: want %q in %q", body, says, answer.Error)
		}
	}
	if v, ok := g.Lookup("a"); ok {
		t.Errorf("a is %v", v)
	}
}

// No JSON makes the reader panic, and what is accepted can be scraped.
func FuzzJSON(f *testing.F) {
	f.Add(`[{"name": "a", "value": 1, "job": "j", "labels": {"x": "\n\"\\"}}]`)
	f.Add(`[{"name": "h_bucket", "value": 1, "type": "histogram", "job": "j", "tags": {"le": "1"}, "timestamp": 1}]`)
	f.Add(`[{"name": "s", "value": "NaN", "type": "summary", "job": "j", "labels": {"quantile": "0.5"}, "help": "a\nb"}]`)
	g := &Gateway{}
	f.Fuzz(func(t *testing.T, body string) {
		e, err := g.readJSON(&Push{Body: []byte(body)})
		if err != nil {
			return
		}
		var l ledger
		if _, err := l.apply(e); err != nil {
			return
		}
		enc := expfmt.NewEncoder(io.Discard, expfmt.FmtText)
		for _, f := range exposition(l.state.list()) {
			if err := enc.Encode(f); err != nil {
				t.Errorf("accepted, but %v: %v", err, f)
			}
		}
	})
}
