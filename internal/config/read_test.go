package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
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
	if s != (Settings{}) {
		t.Errorf("%q: settings %+v come with the error", text, s)
	}
	return faulty.Lines()
}

// What a file says is what the gateway gets; what it doesn't say is 0.
func TestParse(t *testing.T) {
	for text, want := range map[string]Limits{
		"":                                   {},
		"# nothing\n":                        {},
		"---\n":                              {},
		"limits:\n":                          {},
		"limits: {}":                         {},
		"limits: {body_bytes: 0}":            {},
		"limits: {body_bytes: 1_000}":        {BodyBytes: 1000},
		"limits: {push_samples: 0x10}":       {PushSamples: 16},
		"limits: {push_samples: 2147483647}": {PushSamples: 1<<31 - 1},
		"limits: {body_bytes: &n 5, decoded_body_bytes: *n}":                                           {BodyBytes: 5, DecodedBodyBytes: 5},
		"limits:\n  body_bytes: 1\n  decoded_body_bytes: 2\n  in_flight_bytes: 3\n  push_samples: 4\n": {1, 2, 3, 4},
	} {
		got, err := Parse("c.yml", []byte(text))
		if err != nil || got.Limits != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got.Limits, err, want)
		}
	}
}

// Each fault names file, line and key, and says what would be right.
func TestFault(t *testing.T) {
	const number = ": want a whole number of bytes from 1 to 1099511627776, or 0 for the default of 33554432"
	for text, want := range map[string]string{
		"limits:\n  # a comment\n  bodybytes: 1":                `c.yml:3: unknown key "limits.bodybytes": did you mean "body_bytes"?`,
		"Limit: {}":                                             `c.yml:1: unknown key "Limit": did you mean "limits"?`,
		"limits: {Push-Samples: 1}":                             `c.yml:1: unknown key "limits.Push-Samples": did you mean "push_samples"?`,
		"body_bytes: 1":                                         `c.yml:1: unknown key "body_bytes": did you mean "body_bytes" below "limits"?`,
		"limits.body_bytes: 1":                                  `c.yml:1: unknown key "limits.body_bytes": did you mean "body_bytes" below "limits"?`,
		"limits: {limits: {}}":                                  `c.yml:1: unknown key "limits.limits": did you mean "limits" at the top of the file?`,
		"limits: {retention: 1}":                                `c.yml:1: unknown key "limits.retention": want "body_bytes", "decoded_body_bytes", "in_flight_bytes" or "push_samples"`,
		"'': 1":                                                 `c.yml:1: unknown key "": want "limits"`,
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
		"limits: 3":                                             `c.yml:1: limits: got "3": want a mapping with keys such as "body_bytes"`,
		"- limits":                                              `c.yml:1: got a list: want a mapping with keys such as "limits"`,
		"limits: &a {body_bytes: *a}":                           `c.yml:1: limits.body_bytes: got a mapping` + number,
		"? [limits]\n: 1":                                       `c.yml:1: got a list as a key: want a name such as "limits"`,
		"limits: {}\n\nlimits: {}":                              `c.yml:3: key "limits" again: line 1 has it already, remove one`,
		"limits: {<<: {body_bytes: 1}}":                         `c.yml:1: merge key "limits.<<": write the merged keys out`,
		"limits: {}\n---\nlimits: {}":                           `c.yml:2: a second document begins here: want one`,
		"limits:\n  body_bytes: 1\n push_samples: 1\n":          `c.yml:2: not YAML here or below: did not find expected key`,
		"limits: *none":                                         `c.yml: not YAML: unknown anchor 'none' referenced`,
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
	if err == nil || s != (Settings{}) {
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
	if s, err := Load(""); err != nil || s != (Settings{}) {
		t.Errorf("no file: got %+v, %v", s, err)
	}
	path := filepath.Join(t.TempDir(), "none.yml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}

// Every key that can be set is listed, with the value that it got.
func TestKeys(t *testing.T) {
	s := Settings{Limits{BodyBytes: 1, DecodedBodyBytes: 2, InFlightBytes: 3, PushSamples: 4}}
	for i, k := range s.Keys() {
		if k.Value != int64(i+1) || k.Default <= 0 || k.Unit == "" {
			t.Errorf("%+v: want the value %d, a default and a unit", k, i+1)
		}
	}
	if n := len(s.Keys()); n != 4 {
		t.Errorf("got %d keys, want 4", n)
	}
}

// Whatever the file: no panic; either faults with a text or limits within their
// bounds, and then the same as YAML's own decoder reads.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "limits:\n  body_bytes: 1\n", "limits: &a {body_bytes: *a}", "limits: {push_samples: 0x1F}\n---\n",
		"limits: {<<: {body_bytes: 1}, ? [a] : -1}", "- [", "limits: !!int 1.5", "bodybytes: !!null 1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("c.yml", text)
		if faulty, ok := errors.AsType[*Error](err); ok {
			for _, fault := range faulty.Faults {
				if fault.Text == "" || fault.Line < 0 {
					t.Errorf("empty fault %+v", fault)
				}
			}
			return
		}
		var want struct {
			Limits struct {
				BodyBytes        int64 `yaml:"body_bytes"`
				DecodedBodyBytes int64 `yaml:"decoded_body_bytes"`
				InFlightBytes    int64 `yaml:"in_flight_bytes"`
				PushSamples      int64 `yaml:"push_samples"`
			} `yaml:"limits"`
		}
		if err := yaml.Unmarshal(text, &want); err != nil || s.Limits != Limits(want.Limits) {
			t.Errorf("got %+v, want %+v, %v", s.Limits, want.Limits, err)
		}
		for _, k := range s.Keys() {
			if k.Value < 0 || k.Value > mostBytes {
				t.Errorf("%s is %d", k.Path, k.Value)
			}
		}
	})
}
