package expo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// jsonSeeds use between them all that a JSON body may have in it.
var jsonSeeds = []string{
	`[]`,
	`{"name":"m","value":1}`,
	"[ {\"name\":\"m\",\"value\":-1.5e+3,\"type\":\"gauge\",\"help\":\"h\\n\"},\n\t{\"name\":\"m\",\"tags\":{\"a\":\"b\",\"c\":\"\"},\"value\":\"NaN\"}]\r\n",
	`[{"name":"m","value":1,"timestamp":1700000000000},{"name":"m","value":2,"timestamp":"2023-11-14T22:13:21Z"}]`,
	`[{"name":"h_bucket","type":"histogram","labels":{"le":"1"},"value":1},{"name":"h_sum","type":"histogram","value":1},{"name":"h_count","type":"histogram","value":2.5}]`,
	`[{"name":"s","type":"summary","labels":{"quantile":"0.5"},"value":1,"timestamp":1700000000000},{"name":"s_count","type":"summary","value":1}]`,
	`{"name":"m","value":"+Inf","job":"\ud83d\ude00","labels":{"a":"\"\\\/\b\f\n\r\t\u0000é"}}`,
	`{"name":"a b","value":0,"labels":{"c d":"x","instance":"i"}}`,
	`{"name":"m","value":1,"lables":null}`,
	`{"name":"m","value":1e999,"labels":{"a":"1","a":"2"}}`,
	`{"name":"m","value":1,"help":"\ud800"}`,
	"{\"name\":\"m\",\"value\":1,\"help\":\"\xff\"}",
}

// FuzzJSON guards that what is accepted is JSON and means what encoding/json reads
// in it, that what we then write Prometheus reads back, and that an error is fit to
// be shown.
func FuzzJSON(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, utf8Names bool) {
		p := Parser{Options: Options{UTF8Names: utf8Names, MaxSamples: 1000}}
		got, err := p.JSON(slices.Clone(body), inJSON)
		if err != nil {
			checkShown(t, err)
			return
		}
		if labelOf(got.Key, "job") == "" || !slices.IsSortedFunc(got.Key, func(a, b Label) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("grouping key %v", got.Key)
		}
		compareJSON(t, body, got)
		valid := slices.DeleteFunc(got.Families, func(f Family) bool {
			return slices.ContainsFunc(f.Metrics, func(m Metric) bool { return CheckMetric(&f, &m) != nil })
		})
		checkRoundTrip(t, valid, schemeOf(utf8Names))
	})
}

func checkShown(t *testing.T, err error) {
	t.Helper()
	var parse *ParseError
	var limit *SampleLimitError
	switch {
	case errors.As(err, &limit):
	case !errors.As(err, &parse) || parse.Line < 1 || parse.Column < 1:
		t.Errorf("error without a place: %#v", err)
	}
	if msg := err.Error(); len(msg) > 2000 || !utf8.ValidString(msg) {
		t.Errorf("message of %d bytes: %q", len(msg), msg)
	}
}

// compareJSON has encoding/json read an accepted body, and wants the same values of
// the series that are one sample each.
func compareJSON(t *testing.T, body []byte, got JSONBody) {
	t.Helper()
	type entry struct {
		Name, Type   string
		Value        any
		Labels, Tags map[string]string
	}
	var entries []entry
	if body = bytes.TrimSpace(body); body[0] == '{' {
		body = slices.Concat([]byte("["), body, []byte("]"))
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&entries); err != nil {
		t.Fatalf("encoding/json: %v", err)
	}
	if len(entries) != got.Entries {
		t.Errorf("%d entries, want %d", got.Entries, len(entries))
	}
	if got.Superseded > 0 || bytes.Contains(body, []byte("timestamp")) {
		return
	}
	var want, have []string
	for _, e := range entries {
		if typ, _ := textType(e.Type); e.Type != "" && hasCount(typ) {
			continue
		}
		if e.Labels == nil {
			e.Labels = e.Tags // there is one of them
		}
		value, err := strconv.ParseFloat(fmt.Sprint(e.Value), 64)
		if err != nil {
			t.Fatalf("value %v was taken: %v", e.Value, err)
		}
		want = append(want, fmt.Sprintf("%q %q %v", e.Name, e.Labels, value))
	}
	for _, f := range got.Families {
		if hasCount(f.Type) {
			continue
		}
		for _, m := range f.Metrics {
			labels := map[string]string{}
			for _, l := range m.Labels {
				labels[l.Name] = l.Value
			}
			have = append(have, fmt.Sprintf("%q %q %v", f.Name, labels, m.Value))
		}
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("got  %s\nwant %s", have, want)
	}
}
