package pushtest

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseKey(t *testing.T) {
	for path, want := range map[string]map[string]string{
		"job/j":                      {"job": "j"},
		"job/j/":                     {"job": "j"},
		"job/a%2Fb/x/%C3%A4":         {"job": "a/b", "x": "ä"},
		"job@base64/YS9i":            {"job": "a/b"},
		"job%40base64/YS9i":          {"job": "a/b"},
		"job/j/x@base64/=":           {"job": "j", "x": ""},
		"job/j/x@base64/Pz8_":        {"job": "j", "x": "???"},
		"job/j/x/1/x/2":              {"job": "j", "x": "2"},
		"job/j/job/k":                {"job": "j"},
		"job/j/x/":                   {"job": "j", "x": ""},
		"job/j/instance/host:80/x/+": {"job": "j", "instance": "host:80", "x": "+"},
	} {
		if got, err := parseKey(path); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: want %v, got %v, %v", path, want, got, err)
		}
	}
	for path, says := range map[string]string{
		"job/j/x":            "odd number",
		"job@base64/=":       "job name is required",
		"job/j/a-b/c":        `"a-b"`,
		"job/j/__a/c":        `"__a"`,
		"job/j/x@base64/+++": "invalid base64",
		"job/%ff":            "want UTF-8",
		"job/%zz":            "%zz",
	} {
		if got, err := parseKey(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: want an error with %q, got %v, %v", path, says, got, err)
		}
	}
}

// A key that is accepted has a job and names that a scrape may hold.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"job/j", "job@base64/YS9i/x/y", "job/j/x@base64/=", "job/%ff/x/%2F"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		key, err := parseKey(path)
		if err != nil {
			return
		}
		if key["job"] == "" {
			t.Error("no job")
		}
		for name, value := range key {
			if name == "" || strings.HasPrefix(name, "__") || !utf8.ValidString(value) {
				t.Errorf("label %q=%q", name, value)
			}
		}
	})
}
