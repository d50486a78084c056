package vocabulary

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// set reads "a=b c=d".
func set(text string) (ls []expo.Label) {
	for pair := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(pair, "=")
		ls = append(ls, expo.Label{Name: name, Value: value})
	}
	return ls
}

func compiled(t testing.TB, terms ...Term) *Vocabulary {
	t.Helper()
	v, err := Compile(terms)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// env is a term with all that a term can have.
func env(a, missing, unknown Action) Term {
	return Term{
		Label: "env", Aliases: []string{"environment", "stage"}, Values: map[string][]string{"production": {"prod", "prd"}},
		Required: true, Allowed: []string{"staging"}, Action: a, Missing: missing, Unknown: unknown,
	}
}

// Each rule of the vocabulary with each action: what becomes of a series, and what is told.
func TestApply(t *testing.T) {
	const (
		byName    = `label "environment": the name is "env"`
		byValue   = `env="prd": want "production"`
		isMissing = `label "env" is missing: it is required`
		isUnknown = `env="qa": want one of production, staging`
		differ    = `environment="staging" beside env="prod": the name is "env", want one of both`
	)
	for _, c := range []struct {
		term     Term
		in, want string
		findings []string
	}{
		{env(Rewrite, 0, 0), "env=production", "env=production", nil},
		{env(Rewrite, 0, 0), "a=1 env=staging z=2", "a=1 env=staging z=2", nil},
		{env(Rewrite, 0, 0), "a=1 environment=staging z=2", "a=1 env=staging z=2", []string{"rewritten: " + byName}},
		{env(Rewrite, 0, 0), "e=1 environment=prd f=2", "e=1 env=production f=2", []string{"rewritten: " + byName, "rewritten: " + byValue}},
		{env(Rewrite, 0, 0), "env=prd", "env=production", []string{"rewritten: " + byValue}},
		{env(Rewrite, 0, 0), "env= environment=staging", "env=staging", []string{"rewritten: " + byName}},
		{env(Rewrite, 0, 0), "env=staging environment=", "env=staging environment=", nil},
		{env(Rewrite, 0, 0), "env=prd environment=production", "env=production", []string{"rewritten: " + byName, "rewritten: " + byValue}},
		{env(Rewrite, 0, 0), "env=prod environment=staging", "env=production environment=staging",
			[]string{"warned of: " + differ, `rewritten: env="prod": want "production"`}},
		{env(Rewrite, 0, 0), "environment=staging stage=production", "env=staging stage=production",
			[]string{"rewritten: " + byName, `warned of: stage="production" beside env="staging": the name is "env", want one of both`}},
		{env(Rewrite, 0, 0), "__name__=m", "__name__=m", []string{"warned of: " + isMissing}},
		{env(Rewrite, 0, 0), "env=", "env=", []string{"warned of: " + isMissing}},
		{env(Rewrite, 0, 0), "env=qa", "env=qa", []string{"warned of: " + isUnknown}},
		{env(Rewrite, Refuse, Refuse), "a=1", "a=1", []string{"refused: " + isMissing}},
		{env(Rewrite, Refuse, Refuse), "environment=qa", "env=qa", []string{"rewritten: " + byName, "refused: " + isUnknown}},
		{env(Warn, 0, 0), "environment=prd", "environment=prd", []string{"warned of: " + byName}},
		{env(Warn, 0, 0), "env=prd", "env=prd", []string{"warned of: " + byValue}},
		{env(Warn, 0, 0), "env=prod environment=staging", "env=prod environment=staging", []string{"warned of: " + differ, `warned of: env="prod": want "production"`}},
		{env(Refuse, 0, 0), "environment=prd", "environment=prd", []string{"refused: " + byName}},
		{env(Refuse, 0, 0), "env=prd", "env=prd", []string{"refused: " + byValue}},
		{env(Refuse, 0, 0), "env=production environment=prd", "env=production environment=prd", []string{"refused: " + byName}},
		{Term{Label: "a", Aliases: []string{"z"}}, "b=1 z=2", "a=2 b=1", []string{`rewritten: label "z": the name is "a"`}},
		{Term{Label: "z", Aliases: []string{"a"}}, "a=1 b=2", "b=2 z=1", []string{`rewritten: label "a": the name is "z"`}},
	} {
		in, r := set(c.in), new(Report)
		out := compiled(t, c.term).Apply(r, in)
		if !slices.Equal(out, set(c.want)) || !slices.Equal(in, set(c.in)) {
			t.Errorf("%+v on %q: got %q, want %q, and the input as it was: %q", c.term, c.in, out, c.want, in)
		}
		if got := told(r); !slices.Equal(got, c.findings) {
			t.Errorf("%+v on %q: found\n%q, want\n%q", c.term, c.in, got, c.findings)
		}
	}
}

func told(r *Report) (all []string) {
	for _, f := range r.Findings() {
		all = append(all, [...]string{"rewritten: ", "warned of: ", "refused: "}[f.Action]+f.Message)
	}
	return all
}

// A grouping key needn't have what its series have to.
func TestApplyKey(t *testing.T) {
	var r Report
	v := compiled(t, env(Rewrite, Refuse, Refuse))
	if out := v.ApplyKey(&r, set("job=j stage=prd")); !slices.Equal(out, set("env=production job=j")) {
		t.Errorf("got %q", out)
	}
	if out := v.ApplyKey(&r, set("job=j")); !slices.Equal(out, set("job=j")) || r.Err() != nil {
		t.Errorf("got %q, %v", out, r.Err())
	}
}

// A push is told each finding once, with the series that it is about, up to a
// number; the rest is counted, and what refuses the push isn't lost.
func TestReport(t *testing.T) {
	v := compiled(t, env(Rewrite, 0, 0), Term{Label: "region", Allowed: []string{"eu"}, Unknown: Refuse})
	var r Report
	for range 3 {
		v.Apply(&r, set("env=prd"))
	}
	for i := range 2 * MaxFindings {
		v.Apply(&r, set(fmt.Sprint("env=e", i)))
	}
	if n := len(r.Findings()); n != MaxFindings || r.More() != MaxFindings+1 {
		t.Errorf("got %d findings and %d more, want %d and %d", n, r.More(), MaxFindings, MaxFindings+1)
	}
	if f := r.Findings()[0]; f.Rule != "vocabulary-value" || f.Label != "env" || f.Value != "prd" || f.Count != 3 || f.Suggestion == "" || f.Metric != "" {
		t.Errorf("got %+v", f)
	}
	if err := r.Err(); err != nil {
		t.Errorf("got %v, want no refusal", err)
	}
	v.Apply(&r, set("env=staging region=us"))
	v.Apply(&r, set("env=staging region=de"))
	refusal, ok := errors.AsType[*RefusalError](r.Err())
	if want := `region="us": want one of eu (vocabulary-unknown)`; !ok || refusal.Error() != want || refusal.Finding.Rule != "vocabulary-unknown" {
		t.Errorf("got %v, want %s", r.Err(), want)
	}
	before := r.Findings()
	r.Reset()
	v.Apply(&r, set("env=other"))
	if len(r.Findings()) != 1 || r.More() != 0 || r.Err() != nil || before[0].Value != "prd" {
		t.Errorf("after Reset: %+v, %d more, %v; before: %+v", r.Findings(), r.More(), r.Err(), before[0])
	}
}

// What is reported doesn't change with the body that it was found in, and is short.
func TestReportKeepsNothing(t *testing.T) {
	var r Report
	body := []byte(strings.Repeat("é", 100) + "qa")
	v := compiled(t, env(Rewrite, 0, 0))
	v.Apply(&r, []expo.Label{{Name: "env", Value: alias(body[200:])}})
	v.Apply(&r, []expo.Label{{Name: "env", Value: alias(body[:200])}})
	clear(body)
	if got := r.Findings()[0].Value; got != "qa" {
		t.Errorf("got %q, want qa", got)
	}
	if got, want := r.Findings()[1].Value, strings.Repeat("é", 79)+"…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Terms that contradict each other are refused, all at once, with their numbers.
func TestCompile(t *testing.T) {
	values := func(of string, spellings ...string) Term {
		return Term{Label: "a", Values: map[string][]string{of: spellings}}
	}
	for want, terms := range map[string][]Term{
		`vocabulary term 1: label "": want a name, in UTF-8`:                                                                                               {{}},
		`vocabulary term 1: label "__a": names that begin with __ are reserved`:                                                                            {{Label: "__a"}},
		`vocabulary term 1: label "\xff": want a name, in UTF-8`:                                                                                           {{Label: "a", Aliases: []string{"\xff"}}},
		`vocabulary term 2: label "a" again: term 1 has it already, remove one`:                                                                            {{Label: "a"}, {Label: "a"}},
		`vocabulary term 2: label "b" again: term 1 has it already, remove one`:                                                                            {{Label: "a", Aliases: []string{"b"}}, {Label: "c", Aliases: []string{"b"}}},
		`vocabulary term 1: label "a" again: term 1 has it already, remove one`:                                                                            {{Label: "a", Aliases: []string{"a"}}},
		`vocabulary term 1: alias "job": each group has this label: make it the term's label, and the other name the alias`:                                {{Label: "service", Aliases: []string{"job"}}},
		`vocabulary term 1: label "a": value "": want one that isn't empty, in UTF-8`:                                                                      {values("x", "")},
		`vocabulary term 1: label "a": value "\xff": want one that isn't empty, in UTF-8`:                                                                  {{Label: "a", Allowed: []string{"\xff"}}},
		`vocabulary term 1: label "a": value "y" is written for "x" and has other spellings itself: want it in one place`:                                  {{Label: "a", Values: map[string][]string{"x": {"y"}, "y": {"z"}}}},
		`vocabulary term 1: label "a": value "z" is written for "x" and for "y": want one of both`:                                                         {{Label: "a", Values: map[string][]string{"x": {"z"}, "y": {"z"}}}},
		`vocabulary term 1: label "a": value "y" is allowed and written for "x": want one of both`:                                                         {{Label: "a", Values: map[string][]string{"x": {"y"}}, Allowed: []string{"y"}}},
		`vocabulary term 1: label "a": action 3: want Rewrite, Warn or Refuse`:                                                                             {{Label: "a", Missing: 3}},
		"vocabulary term 1: label \"__a\": names that begin with __ are reserved\nvocabulary term 2: label \"__b\": names that begin with __ are reserved": {{Label: "__a"}, {Label: "__b"}},
	} {
		if v, err := Compile(terms); err == nil || err.Error() != want || v != nil {
			t.Errorf("%+v:\n got %v\nwant %s", terms, err, want)
		}
	}
	if v, err := Compile(nil); v != nil || err != nil {
		t.Errorf("no terms: got %v, %v", v, err)
	}
	if ls := set("a=1"); !slices.Equal((*Vocabulary)(nil).Apply(new(Report), ls), ls) {
		t.Error("no vocabulary changes labels")
	}
}
