package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

func keyText(key []expo.Label) string { return string(appendJSONLabels(nil, key)) }

func TestGroupingKey(t *testing.T) {
	for _, c := range []struct {
		name, path, key string
		utf8            bool
	}{
		{"job alone", "job/j", `{"job":"j"}`, false},
		{"trailing slash after the job", "job/j/", `{"job":"j"}`, false},
		{"trailing slash is an empty value", "job/j/y/", `{"job":"j","y":""}`, false},
		{"sorted by name", "job/j/z/1/a/2", `{"a":"2","job":"j","z":"1"}`, false},
		{"last of a name wins", "job/j/a/1/b/2/a/3", `{"a":"3","b":"2","job":"j"}`, false},
		{"leading job wins", "job/j/job/k/job/l", `{"job":"j"}`, false},
		{"encoded slash is part of the value", "job/j/path/%2Fvar%2ftmp", `{"job":"j","path":"/var/tmp"}`, false},
		{"plus stays, %20 is a space", "job/a+b/x/a%20b", `{"job":"a+b","x":"a b"}`, false},
		{"raw and encoded UTF-8", "job/Π/x/%CE%A0", `{"job":"Π","x":"Π"}`, false},
		{"encoded dots are a value", "job/%2E/x/%2e%2E", `{"job":".","x":".."}`, false},
		{"single underscore", "job/j/_a/c", `{"_a":"c","job":"j"}`, false},
		{"base64 padded", "job@base64/YS9iL2MvZA==", `{"job":"a/b/c/d"}`, false},
		{"base64 unpadded", "job@base64/YS9iL2MvZA/x@base64/YQ", `{"job":"a/b/c/d","x":"a"}`, false},
		{"base64 URL-safe alphabet", "job/j/x@base64/Pz8_Pj4-", `{"job":"j","x":"???\u003e\u003e\u003e"}`, false},
		{"base64 empty value", "job/j/a@base64/=/b@base64/===/c@base64/", `{"a":"","b":"","c":"","job":"j"}`, false},
		{"no unescaping without UTF-8 names", "job/j/U__a_2e_b/1", `{"U__a_2e_b":"1","job":"j"}`, false},
		{"unescaped", "job/j/U__a_2e_b/1", `{"a.b":"1","job":"j"}`, true},
		{"unescaped with base64", "job/j/U__a_2e_b@base64/MQ", `{"a.b":"1","job":"j"}`, true},
		{"invalid escape stays", "job/j/U__a_2e/1", `{"U__a_2e":"1","job":"j"}`, true},
		{"dotted name as it is", "job/j/a.b/1/a-b/2", `{"a-b":"2","a.b":"1","job":"j"}`, true},
		{"suffix twice", "job/j/x@base64@base64/YQ", `{"job":"j","x@base64":"a"}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := groupingParser{utf8Names: c.utf8}
			key, err := g.parse(nil, normalizeEscapes(c.path))
			if err != nil {
				t.Fatal(err)
			}
			if got := keyText(key); got != c.key {
				t.Errorf("key %s, want %s", got, c.key)
			}
		})
	}
}

// Each refusal says what is wrong, where, and what would be right.
func TestGroupingKeyRefused(t *testing.T) {
	for _, c := range []struct {
		path  string
		utf8  bool
		parts []string
	}{
		{"job@base64/=", false, []string{"job name is required", "/metrics/job/<JOB>"}},
		{"job@base64/!!", false, []string{`invalid base64 encoding in job name "!!"`, "URL-safe"}},
		{"job/%ff", false, []string{`job name "\xff"`, "UTF-8"}},
		{"job/j/a", false, []string{`odd number of components in label string "/a"`, "@base64/="}},
		{"job/j/x/a/", false, []string{`odd number of components in label string "/x/a/"`}},
		{"job/j/a-b/c", false, []string{`improper label name "a-b"`, "[a-zA-Z_][a-zA-Z0-9_]*"}},
		{"job/j/1a/c", false, []string{`improper label name "1a"`}},
		{"job/j/a.b/c", false, []string{`improper label name "a.b"`}},
		{"job/j/__a/c", false, []string{`improper label name "__a"`, "reserved"}},
		{"job/j/__a/c", true, []string{`improper label name "__a"`, "reserved"}},
		{"job/j/U_____5f_a/c", true, []string{`improper label name "__a"`, "reserved"}},
		{"job/j/@base64/YQ", false, []string{`improper label name ""`}},
		{"job/j/@base64/YQ", true, []string{`improper label name ""`}},
		{"job/j/%ff/YQ", true, []string{`improper label name "\xff"`}},
		{"job/j/x@BASE64/YQ", false, []string{`improper label name "x@BASE64"`}},
		{"job/j/x@base64/!", false, []string{`invalid base64 encoding for label x="!"`, "URL-safe"}},
		{"job/j/x@base64/a+b", false, []string{`invalid base64 encoding for label x="a+b"`}},
		{"job/j/x@base64/a%2Fb", false, []string{`invalid base64 encoding for label x="a/b"`}},
		{"job/j/x/%ff", false, []string{`value "\xff" of label "x"`, "UTF-8"}},
		{"job/j/x@base64/_w", false, []string{`value "\xff" of label "x"`, "UTF-8"}},
		{"job/j/job@base64/!", false, []string{"invalid base64"}},
		{"job/j" + strings.Repeat("/a/b", 65), false, []string{"65 grouping labels", "64 allowed"}},
		{"job/%zz", false, []string{`"%zz"`, "hexadecimal"}},
	} {
		g := groupingParser{utf8Names: c.utf8}
		key, err := g.parse(nil, c.path)
		if err == nil {
			t.Errorf("%s: accepted as %s", c.path, keyText(key))
			continue
		}
		for _, part := range c.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q lacks %q", c.path, err, part)
			}
		}
		if reasonOf(err) != badGrouping {
			t.Errorf("%s: reason %q", c.path, reasonOf(err))
		}
	}
}

// Whatever the path: no panic, an accepted key is sorted, unique and valid, and
// its own path leads back to it.
func FuzzGroupingKey(f *testing.F) {
	for _, path := range []string{
		"job/j", "job/j/a/b", "job@base64/YS9i/x@base64/=", "job/j/U__a_2e_b/c", "job/j/x/%2F", "job/j/x@base64@base64/YQ",
		"job/%2e/%2E/%2e", "job/j/U__U____x/1", "job/j/ü/%C3%BC", "job/j//", "job/j/job/k", "job/j/a/;?/b/a%00b",
	} {
		f.Add(path, false)
		f.Add(path, true)
	}
	f.Fuzz(func(t *testing.T, path string, utf8Names bool) {
		path = normalizeEscapes(path)
		if !isGroupPath(path) {
			return
		}
		g := groupingParser{utf8Names: utf8Names}
		key, err := g.parse(nil, path)
		if err != nil {
			return
		}
		for i, l := range key {
			if _, err := (groupingParser{utf8Names: utf8Names}).labelName(escapeUnlessPlain(g, l.Name)); err != nil {
				t.Errorf("%q: invalid label name %q", path, l.Name)
			}
			if i > 0 && key[i-1].Name >= l.Name {
				t.Errorf("%q: key %v isn't sorted and unique", path, key)
			}
		}
		again := g.format(key)
		if clean := "/metrics/" + again; !isClean(clean) || !isGroupPath(again) {
			t.Fatalf("%q: written as %q, which would be redirected", path, clean)
		}
		back, err := g.parse(nil, normalizeEscapes(again))
		if err != nil || !slices.Equal(key, back) {
			t.Errorf("%q: key %v written as %q reads as %v, %v", path, key, again, back, err)
		}
	})
}

// escapeUnlessPlain spells a name as a path would.
func escapeUnlessPlain(g groupingParser, name string) string {
	if g.utf8Names && strings.HasPrefix(name, "U__") {
		return "U__" + strings.ReplaceAll(name, "_", "__")
	}
	return name
}
