package push

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/push/pushtest"
)

// testJSON returns a transport that is closed with the test.
func testJSON(t testing.TB, c JSONConfig) *JSON {
	t.Helper()
	j, err := NewJSON(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// The form of a sample is what endpoints are written for: every key and every type.
func TestJSONBody(t *testing.T) {
	families, err := registries()["types"].Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "rows_total" {
			f.Metric = f.Metric[:1]
		}
	}
	b := NewBatch("back\"up", []Label{{Name: "empty", Value: ""}, {Name: "instance", Value: "db-1"}}, Samples, families)
	b.families = append(b.families, oneGauge("at", 1.5, Label{Name: "a", Value: "b"}))
	ms := int64(1700000000123)
	b.families[len(families)].Metric[0].TimestampMs = &ms
	got, err := encodeJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	const of = `"labels":{"instance":"db-1"},"job":"back\"up"}`
	want := `[{"name":"depth","value":"-Inf","type":"gauge","labels":{"q":"é \"\\\u000a","instance":"db-1"},"job":"back\"up"},
{"name":"row_bytes","value":9,"type":"summary","labels":{"instance":"db-1","quantile":"0.5"},"job":"back\"up"},
{"name":"row_bytes_sum","value":190,"type":"summary",` + of + `,
{"name":"row_bytes_count","value":20,"type":"summary",` + of + `,
{"name":"rows_total","value":0,"type":"counter","labels":{"table":"0","instance":"db-1"},"job":"back\"up"},
{"name":"run_seconds_bucket","value":4,"type":"histogram","labels":{"instance":"db-1","le":"0.5"},"job":"back\"up"},
{"name":"run_seconds_bucket","value":8,"type":"histogram","labels":{"instance":"db-1","le":"1"},"job":"back\"up"},
{"name":"run_seconds_bucket","value":15,"type":"histogram","labels":{"instance":"db-1","le":"2"},"job":"back\"up"},
{"name":"run_seconds_bucket","value":20,"type":"histogram","labels":{"instance":"db-1","le":"+Inf"},"job":"back\"up"},
{"name":"run_seconds_sum","value":27.142857142857142,"type":"histogram",` + of + `,
{"name":"run_seconds_count","value":20,"type":"histogram",` + of + `,
{"name":"at","value":1.5,"type":"gauge","labels":{"a":"b","instance":"db-1"},"timestamp":1700000000123,"job":"back\"up"}]`
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if !json.Valid(got) {
		t.Error("not valid JSON")
	}
}

// What can't be said in JSON without changing it is an error that names it.
func TestJSONRefuses(t *testing.T) {
	odd := oneGauge("g", 1)
	odd.Type = dto.MetricType(9).Enum()
	batch := func(f *dto.MetricFamily) *Batch {
		return NewBatch("j", []Label{{Name: "instance", Value: "x"}}, Merge, []*dto.MetricFamily{f})
	}
	for want, b := range map[string]*Batch{
		`metric family "g": label "job"="x" is one of the grouping key`:      batch(oneGauge("g", 1, Label{Name: "job", Value: "x"})),
		`metric family "g": label "instance"="y" is one of the grouping key`: batch(oneGauge("g", 1, Label{Name: "instance", Value: "y"})),
		`metric family "g": label "a", value "\xff": want UTF-8`:             batch(oneGauge("g", 1, Label{Name: "a", Value: "\xff"})),
		`metric family "\xff": want UTF-8`:                                   batch(oneGauge("\xff", 1)),
		`metric family "g": type 9`:                                          batch(odd),
		`job "\xff": want UTF-8`:                                             NewBatch("\xff", nil, Merge, []*dto.MetricFamily{oneGauge("g", 1)}),
		`grouping label "a", value "\xff": want UTF-8`:                       NewBatch("j", []Label{{Name: "a", Value: "\xff"}}, Merge, nil),
		`mode delete to http://x?grouping=: a JSON endpoint deletes nothing`: NewBatch("j", nil, Delete, nil),
	} {
		e := wantSendError(t, testJSON(t, JSONConfig{URL: "x"}).Send(t.Context(), b))
		if e.Class != Final || !strings.HasPrefix(e.Error(), want) {
			t.Errorf("got class %s, error %s; want Final, %s", e.Class, e, want)
		}
	}
	for raw, want := range map[string]string{"ftp://x": `scheme "ftp"`, "": "want a host", "h#f": `fragment "f"`} {
		if _, err := NewJSON(JSONConfig{URL: raw}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %s", raw, err, want)
		}
	}
}

// The names of the grouping key go with each push, unless the user says otherwise.
func TestJSONGroupingInURL(t *testing.T) {
	key := []Label{{Name: "a&b", Value: "x"}, {Name: "empty", Value: ""}, {Name: "region", Value: "y"}}
	for raw, want := range map[string]string{
		"http://h/p":              "http://h/p?grouping=a%26b,region",
		"http://h/p?token=1":      "http://h/p?token=1&grouping=a%26b,region",
		"http://h/p?grouping=job": "http://h/p?grouping=job",
	} {
		if got := withGrouping(raw, key); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}

// A gateway takes what is sent: each sample with its time, and increments once.
func TestJSONToGateway(t *testing.T) {
	gw := pushtest.New(t)
	j := testJSON(t, JSONConfig{URL: gw.URL() + "/api/v1/push", Compression: Gzip})
	families, err := registries()["types"].Gather()
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Send(t.Context(), NewBatch("j", []Label{{Name: "instance", Value: "i"}}, Replace, families)); err != nil {
		t.Fatal(err)
	}
	if got := gw.Value("run_seconds_bucket", "job", "j", "instance", "i", "le", "1"); got != 8 {
		t.Errorf("got %v in the bucket, want 8", got)
	}
	if got := gw.Value("depth", "job", "j"); !math.IsInf(got, -1) {
		t.Errorf("got depth %v, want -Inf", got)
	}
	b := NewBatch("j", nil, Samples, []*dto.MetricFamily{oneGauge("s", 1), oneGauge("s", 2)})
	for i, f := range b.families {
		ms := 1700000000000 + int64(i)
		f.Metric[0].TimestampMs = &ms
	}
	b.Producer, b.Sequence = "p", 1
	for range 2 { // the second is known by its number
		if err := j.Send(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if got := gw.Samples("s"); len(got) != 2 || got[0].TimestampMs != 1700000000000 || got[1].Value != 2 {
		t.Errorf("got samples %v", got)
	}
	delta := gaugeBatch(Delta)
	delta.Producer, delta.Sequence = "p", 2
	if err := j.Send(t.Context(), delta); err != nil {
		t.Error(err)
	}
}

// A batch without samples needs no request.
func TestJSONSendsNothingForNothing(t *testing.T) {
	s := newServer(t, nil)
	if err := testJSON(t, JSONConfig{URL: s.URL}).Send(t.Context(), NewBatch("j", nil, Merge, nil)); err != nil || s.count() > 0 {
		t.Errorf("got error %v after %d requests", err, s.count())
	}
}

// Any success is one, and an endpoint that doesn't add is found out.
func TestJSONAnswers(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	j := testJSON(t, JSONConfig{URL: s.URL})
	if err := j.Send(t.Context(), gaugeBatch(Merge)); err != nil {
		t.Error(err)
	}
	if got := s.last(t); got.Method != "POST" || got.Header.Get("Content-Type") != "application/json" || got.Query != "grouping=" {
		t.Errorf("got %+v", got)
	}
	if e := wantSendError(t, j.Send(t.Context(), gaugeBatch(Delta))); ClassOf(e) != Final {
		t.Errorf("got %+v", e)
	}
}

// Whatever strings and numbers are in a batch, encoding/json reads them back.
func FuzzJSONBody(f *testing.F) {
	f.Add("name", "label", "value", 1.5)
	f.Add("\x00\"\\\x1f\u2028", "é\t", "\r\n\x7f", math.Inf(1))
	f.Add("a", "b", "\xff", math.NaN())
	f.Fuzz(func(t *testing.T, name, label, value string, v float64) {
		b := NewBatch(value, []Label{{Name: "instance", Value: name}}, Merge, []*dto.MetricFamily{oneGauge(name, v, Label{Name: label, Value: value})})
		body, err := encodeJSON(b)
		if err != nil {
			return
		}
		var got []struct {
			Name, Job string
			Value     any
			Labels    map[string]string
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if len(got) != 1 || got[0].Name != name || got[0].Job != value || got[0].Labels[label] != value || got[0].Labels["instance"] != name {
			t.Errorf("name %q, label %q, value %q became %s", name, label, value, body)
		}
		if n, ok := got[0].Value.(float64); ok && n != v || !ok && !math.IsNaN(v) && !math.IsInf(v, 0) {
			t.Errorf("%v became %s", v, body)
		}
	})
}
