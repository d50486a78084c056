package config

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/limit"
)

func faults(t *testing.T, text string) []string {
	t.Helper()
	s, err := Parse("c.yml", []byte(text))
	if err == nil {
		return nil
	}
	faulty, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %T, want *Error", err)
	}
	if !reflect.DeepEqual(s, Settings{}) {
		t.Errorf("%q: settings %+v come with the error", text, s)
	}
	return faulty.Lines()
}

// What a file says is what the gateway gets. Four limits that it doesn't say are 0.
func TestParseLimits(t *testing.T) {
	type four [4]int64
	for text, want := range map[string]four{
		"":                                   {},
		"# nothing\n":                        {},
		"---\n":                              {},
		"limits:\n":                          {},
		"limits: {}":                         {},
		"limits: {body_bytes: 0}":            {},
		"limits: {body_bytes: 1_000}":        {1000},
		"limits: {push_samples: 0x10}":       {3: 16},
		"limits: {push_samples: 2147483647}": {3: 1<<31 - 1},
		"limits: {body_bytes: &n 5, decoded_body_bytes: *n}":                                           {5, 5},
		"limits:\n  body_bytes: 1\n  decoded_body_bytes: 2\n  in_flight_bytes: 3\n  push_samples: 4\n": {1, 2, 3, 4},
	} {
		s, err := Parse("c.yml", []byte(text))
		l := &s.Limits
		if got := (four{l.BodyBytes, l.DecodedBodyBytes, l.InFlightBytes, l.PushSamples}); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
		held := limit.Defaults
		for id, n := range map[limit.ID]int64{limit.BodyBytes: want[0], limit.DecodedBodyBytes: want[1]} {
			if n > 0 {
				held.Max[id] = n
			}
		}
		if l.Set != held {
			t.Errorf("%q: got %+v, want the defaults in what it doesn't say", text, l.Set)
		}
	}
}

// Each fault names file, line and key, and says what would be right.
func TestFault(t *testing.T) {
	const number = ": want a whole number of bytes from 1 to 1099511627776, or 0 for the default of 33554432"
	for text, want := range map[string]string{
		"limits:\n  # a comment\n  bodybytes: 1": `c.yml:3: unknown key "limits.bodybytes": did you mean "body_bytes"?`,
		"Limit: {}":                              `c.yml:1: unknown key "Limit": did you mean "limits"?`,
		"limits: {Push-Samples: 1}":              `c.yml:1: unknown key "limits.Push-Samples": did you mean "push_samples"?`,
		"body_bytes: 1":                          `c.yml:1: unknown key "body_bytes": did you mean "body_bytes" below "limits"?`,
		"limits.body_bytes: 1":                   `c.yml:1: unknown key "limits.body_bytes": did you mean "body_bytes" below "limits"?`,
		"limits: {limits: {}}":                   `c.yml:1: unknown key "limits.limits": did you mean "limits" at the top of the file?`,
		"limits: {retention: 1}": `c.yml:1: unknown key "limits.retention": want "body_bytes", "decoded_body_bytes", "in_flight_bytes", "push_samples", ` +
			`"series", "job_series", "group_series", "metric_series", "job_groups", "series_labels", "label_name_bytes", "label_value_bytes", ` +
			`"job_pushes_per_second", "dry_run" or "overrides"`,
		"'': 1":                                                 `c.yml:1: unknown key "": want "limits", "lifetimes", "aggregate", "aggregations", "undo", "runs", "relabel_configs", "vocabulary", "lint", "group_metrics", "tokens" or "anonymous"`,
		"limits: {body_bytes: -1}":                              `c.yml:1: limits.body_bytes: got "-1"` + number,
		"limits: {body_bytes: 1.5}":                             `c.yml:1: limits.body_bytes: got "1.5"` + number,
		"limits: {body_bytes: !!int 1.5}":                       `c.yml:1: limits.body_bytes: got "1.5"` + number,
		"limits: {body_bytes: 32MiB}":                           `c.yml:1: limits.body_bytes: got the text "32MiB"` + number,
		"limits: {body_bytes: '5'}":                             `c.yml:1: limits.body_bytes: got the text "5"` + number,
		"limits: {body_bytes: true}":                            `c.yml:1: limits.body_bytes: got "true"` + number,
		"limits: {body_bytes: [1]}":                             `c.yml:1: limits.body_bytes: got a list` + number,
		"limits:\n  body_bytes:\n":                              `c.yml:2: limits.body_bytes: got nothing` + number,
		"limits: {body_bytes: 99999999999999999999}":            `c.yml:1: limits.body_bytes: got "99999999999999999999"` + number,
		"limits: {body_bytes: 1099511627777}":                   `c.yml:1: limits.body_bytes: got "1099511627777"` + number,
		"limits: {body_bytes: " + strings.Repeat("é", 50) + "}": `c.yml:1: limits.body_bytes: got "` + strings.Repeat("é", 30) + `"…` + number,
		"limits: 3":                                    `c.yml:1: limits: got "3": want a mapping with keys such as "body_bytes"`,
		"- limits":                                     `c.yml:1: got a list: want a mapping with keys such as "limits"`,
		"limits: &a {body_bytes: *a}":                  `c.yml:1: limits.body_bytes: got a mapping` + number,
		"? [limits]\n: 1":                              `c.yml:1: got a list as a key: want a name such as "limits"`,
		"limits: {}\n\nlimits: {}":                     `c.yml:3: key "limits" again: line 1 has it already, remove one`,
		"limits: {<<: {body_bytes: 1}}":                `c.yml:1: merge key "limits.<<": write the merged keys out`,
		"limits: {}\n---\nlimits: {}":                  `c.yml:2: a second document begins here: want one`,
		"limits:\n  body_bytes: 1\n push_samples: 1\n": `c.yml:2: not YAML here or below: did not find expected key`,
		"limits: *none":                                `c.yml: not YAML: unknown anchor 'none' referenced`,
	} {
		if got := faults(t, text); len(got) != 1 || got[0] != want {
			t.Errorf("%q:\n got %s\nwant %s", text, strings.Join(got, "\n     "), want)
		}
	}
}

// One look at the file is enough to mend it: all faults are told, in their order.
func TestAllFaultsAtOnce(t *testing.T) {
	const text = "limit: {}\nlimits:\n  body_bytes: -1\n  push_samples: many\n  decoded_body_bytes: 5\nlimts: {}\n"
	s, err := Parse("c.yml", []byte(text))
	if err == nil || !reflect.DeepEqual(s, Settings{}) {
		t.Fatalf("got %+v, %v, want faults and no settings, not even the right one", s, err)
	}
	lines := strings.Split(err.Error(), "\n")
	if want := "4 faults in the configuration file:"; lines[0] != want {
		t.Errorf("got %q, want %q", lines[0], want)
	}
	var places []string
	for _, l := range lines[1:] {
		place, _, _ := strings.Cut(l, ": ")
		places = append(places, place)
	}
	if want := []string{"c.yml:1", "c.yml:3", "c.yml:4", "c.yml:6"}; !slices.Equal(places, want) {
		t.Errorf("got faults at %v, want %v", places, want)
	}
}

// A file that isn't there is no fault of its content, and no empty file.
func TestLoad(t *testing.T) {
	if s, err := Load(""); err != nil || !reflect.DeepEqual(s, byDefault()) {
		t.Errorf("no file: got %+v, %v, want the defaults", s, err)
	}
	path := filepath.Join(t.TempDir(), "none.yml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}
