package config

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/vocabulary"
)

// Whatever the file: no panic; either faults, each with a text and a line that the
// file has, or settings that keep what their types promise.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "limits:\n  body_bytes: 1\n", "limits: &a {body_bytes: *a}", "limits: {push_samples: 0x1F}\n---\n",
		"limits: {<<: {body_bytes: 1}, ? [a] : -1}", "- [", "limits: !!int 1.5", "bodybytes: !!null 1", whole,
		"lifetimes: &a [*a, {match: &b '{x=~\".\"}', ttl: 1d1h, expect: *b}]", "vocabulary: [{label: a, values: {? [x] : [y], *b : c}}]",
		"relabel_configs: [{regex: !!binary aGk=, action: labelmap, replacement: '${1}'}]", "vocabulary:\n- {label: \"\\x00\", allowed: [~, 1.0]}\r- a",
		"limits: {overrides: [{match: '{a=\"b\"}', dry_run: [series, series]}], dry_run: !!set {series}}", "a: |\n\n\n", "lifetimes: [{match: \"{a=~'(\\n'}\"}]", "\"",
		"aggregations: [{name: a, match: b, by: [c], interval: 1s, outputs: [sum, sum], quantiles: [1e-1, .5, 0x1p-2], late: current}]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("c.yml", text)
		faulty, ok := errors.AsType[*Error](err)
		if !ok {
			inBounds(t, &s)
			agrees(t, &s, text)
			return
		}
		if faulty.File != "c.yml" || len(faulty.Faults) == 0 {
			t.Errorf("got %+v, want the file and a fault", faulty)
		}
		lines := 1 + bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + bytes.Count(text, []byte("\u0085")) +
			bytes.Count(text, []byte("\u2028")) + bytes.Count(text, []byte("\u2029")) // what YAML takes for a line's end
		for _, fault := range faulty.Faults {
			if fault.Text == "" || strings.ContainsFunc(fault.Text, unicode.IsControl) || fault.Line < 0 || fault.Line > lines || fault.Line == 0 && !strings.HasPrefix(fault.Text, "not YAML") {
				t.Errorf("fault %+v in %d lines", fault, lines)
			}
		}
	})
}

// agrees compares with what YAML's own decoder reads.
func agrees(t *testing.T, s *Settings, text []byte) {
	t.Helper()
	var want struct {
		Limits struct {
			BodyBytes        int64 `yaml:"body_bytes"`
			DecodedBodyBytes int64 `yaml:"decoded_body_bytes"`
			InFlightBytes    int64 `yaml:"in_flight_bytes"`
			PushSamples      int64 `yaml:"push_samples"`
		}
		Lifetimes    []struct{}
		Aggregations []struct{}
		Relabel      []*relabel.Config `yaml:"relabel_configs"`
		Vocabulary   []struct {
			Values map[string][]string
		}
	}
	if err := yaml.Unmarshal(text, &want); err != nil {
		t.Fatalf("no fault, but %v", err)
	}
	l := s.Limits
	if w := want.Limits; l.BodyBytes != w.BodyBytes || l.DecodedBodyBytes != w.DecodedBodyBytes || l.InFlightBytes != w.InFlightBytes || l.PushSamples != w.PushSamples {
		t.Errorf("got %+v, want %+v", l, w)
	}
	if len(s.Aggregations) != len(want.Aggregations) {
		t.Errorf("got %d aggregations, want %d", len(s.Aggregations), len(want.Aggregations))
	}
	if len(s.Lifetimes) != len(want.Lifetimes) || len(s.Relabel) != len(want.Relabel) || len(s.Vocabulary) != len(want.Vocabulary) {
		t.Errorf("got %d, %d and %d items, want %d, %d and %d", len(s.Lifetimes), len(s.Relabel), len(s.Vocabulary),
			len(want.Lifetimes), len(want.Relabel), len(want.Vocabulary))
	}
	for i, term := range want.Vocabulary {
		if len(term.Values) != len(s.Vocabulary[i].Values) {
			t.Errorf("got the values %q, want %q", s.Vocabulary[i].Values, term.Values)
		}
	}
}

func inBounds(t *testing.T, s *Settings) {
	t.Helper()
	within := func(path string, n, least int64) {
		if (n < least || n > most) && n != limit.None {
			t.Errorf("%s is %d", path, n)
		}
	}
	matches := func(path string, match []*labels.Matcher) {
		if len(match) == 0 {
			t.Errorf("%s without matchers", path)
		}
	}
	within("body_bytes", s.Limits.BodyBytes, 0)
	for id, n := range s.Limits.Set.Max {
		within(limit.ID(id).Key(), n, 1)
	}
	for _, o := range s.Limits.Overrides {
		matches("limits.overrides", o.Match)
		for id, n := range o.Max {
			within(limit.ID(id).Key(), n, 0)
		}
	}
	for _, l := range s.Lifetimes {
		matches("lifetimes", l.Match)
		if l.TTL < 0 || l.MaxTTL < 0 || l.Expect < 0 || l.MaxTTL != 0 && l.TTL > l.MaxTTL {
			t.Errorf("lifetime %+v", l)
		}
	}
	for _, c := range s.Relabel {
		relabel.ProcessBuilder(labels.NewBuilder(labels.FromStrings("a", "b")), c) // which panics for one that nobody validated
	}
	for _, v := range s.Vocabulary {
		if v.Label == "" || v.Missing == vocabulary.Rewrite || v.Unknown == vocabulary.Rewrite {
			t.Errorf("term %+v", v)
		}
	}
	for _, token := range s.Tokens {
		if token.Name == "" || token.Hash == (access.Hash{}) || token.Rights == 0 || token.Rights.Has(access.Push) && token.Match == nil && !token.Rights.Has(access.Admin) {
			t.Errorf("token %+v", token)
		}
	}
	names := map[string]bool{}
	for _, w := range s.Aggregations {
		matches("aggregations", w.Match)
		if names[w.Name] || w.Interval < time.Second || w.Grace > w.Interval || len(w.Families()) == 0 || w.MaxSeries < 1 {
			t.Errorf("aggregation %+v", w)
		}
		names[w.Name] = true
	}
	s.Keys()
}
