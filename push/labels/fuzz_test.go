package labels

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzPolicy has a rule of each kind.
func fuzzPolicy(t testing.TB) *Policy {
	return make1(t,
		Rename("service", "app"), Rename("svc", "app"), Alias("env", map[string]string{"prod": "production", "none": ""}),
		Template("path", "/users/:id", "/users/:id/orders/{order}", "/static/*"), TemplateIDs("path"),
		Match("path", "(.*)\\.php", "$1$1"), Region("ip", "region", map[string]string{"10.0.0.0/8": "in", "::/0": "v6"}),
		Allow("method", "GET", "POST"), Drop("user").ToExemplar(), Drop("trace").ToExemplar(), MaxValueLength(20),
	)
}

// Whatever labels come in, those that go out can be exposed: each name once and
// valid, values of UTF-8 and no longer than they may be, and the same whatever the order they came in.
func FuzzApply(f *testing.F) {
	for _, seed := range []string{
		"service=a;app=b;svc=c", "path=/users/1/orders/2?x=1;path=/x", "ip=10.0.0.1:80;region=x", "ip=fe80::1%eth0", "ip=[::1",
		"user=1;trace=2", "user=1;user=2", "__name__=x;=y;a\xff=b\xff", "method=BREW;env=none", "path=//;path=/users//orders/", "path=/a.php",
		"user=" + strings.Repeat("é", 70) + ";trace=" + strings.Repeat("x", 70),
	} {
		f.Add(seed)
	}
	p := fuzzPolicy(f)
	f.Fuzz(func(t *testing.T, text string) {
		var in []Label
		for part := range strings.SplitSeq(text, ";") {
			name, value, _ := strings.Cut(part, "=")
			in = append(in, Label{name, value})
		}
		out, exemplar := p.Apply("m", in, nil)
		seen := map[string]string{}
		for _, l := range append(out[:len(out):len(out)], exemplar...) {
			if _, twice := seen[l.Name]; twice || !wellNamed(l.Name) || !utf8.ValidString(l.Value) || len(l.Value) > 20 {
				t.Fatalf("%q became %q and %q: %q", in, out, exemplar, l)
			}
			seen[l.Name] = l.Value
		}
		// A name that comes twice goes by the order; all else doesn't.
		if again, twice := turned(in); !twice {
			out, _ := p.Apply("m", again, nil)
			for _, l := range out {
				if seen[l.Name] != l.Value {
					t.Fatalf("%q: in the other order %q is %q", in, l.Name, l.Value)
				}
			}
		}
	})
}

// turned returns labels in the other order, and whether a name is there twice.
func turned(in []Label) (out []Label, twice bool) {
	for i := len(in) - 1; i >= 0; i-- {
		twice = twice || position(out, in[i].Name) >= 0
		out = append(out, in[i])
	}
	return out, twice
}

// A template that New takes fits itself, with an identifier for each parameter,
// and what it makes of a path fits it again.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"/", "/users/:id", "/users/{id}/", "/a/*", "/{path...}", "/a//b", "/:", "/{", "/{...}", "users", "/a?b", "/*/a", "/é/:é"} {
		f.Add(seed, "/users/1")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		var root template
		if err := root.add(text); err != nil {
			return
		}
		if got := root.find(text); got != text {
			t.Errorf("%q fits %q, not itself", text, got)
		}
		if got := root.find(path); got != "" && got != text {
			t.Errorf("%q became %q by %q", path, got, text)
		}
	})
}

// Identifiers are replaced once and for all.
func FuzzTemplateIDs(f *testing.F) {
	for _, seed := range []string{"", "/", "/users/1", "1", "/a/123e4567-e89b-12d3-a456-426614174000/b?c#d", "a@b.org/x", "//1//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		once := templateIDs(path)
		if twice := templateIDs(once); twice != once {
			t.Errorf("%q became %q, then %q", path, once, twice)
		}
	})
}

// Vet reads any value, and what it suggests can be written.
func FuzzVetValues(f *testing.F) {
	for _, seed := range []string{"", "/users/1?x=y", "https://", "a-b-c", "1700000000", "2024-05-01", "10.0.0.1", "x@y", "\xff"} {
		f.Add("label", seed)
	}
	f.Fuzz(func(t *testing.T, label, value string) {
		if found, ok := vetValues("m", label, []string{value}); ok && (found.Suggestion == "" || found.Count != 1) {
			t.Errorf("%q: %+v", value, found)
		}
	})
}
