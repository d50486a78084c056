package push

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// A URL to which no push could go is an error that quotes it and the rule.
func TestCheckGatewayURL(t *testing.T) {
	for raw, want := range map[string]string{
		"localhost:9091":            "http://localhost:9091",
		"[::1]:9091":                "http://[::1]:9091",
		"https://h/prefix//":        "https://h/prefix",
		"http://u:p@h":              "http://u:p@h",
		"":                          `url is empty: want a host, as in http://headgate:9091`,
		"http://":                   `want a host`,
		"http://:9091":              "http://:9091",
		":9091":                     "http://:9091",
		"ftp://h":                   `url "ftp://h": scheme "ftp": want http or https`,
		"unix:///x":                 `scheme "unix"`,
		"h:99999":                   `port "99999": want 0 to 65535`,
		"h:port":                    `url "h:port": invalid port`,
		"h?a=b":                     `query "a=b": want none`,
		"h?":                        `query "": want none`,
		"h#f":                       `fragment "f": want none`,
		"http://a b":                `url "http://a b": invalid character`,
		"http://h/metrics/job/j":    `path "/metrics/job/j": leave out /metrics/job`,
		"http://u:secret@h/?q=1":    `url "http://u:xxxxx@h/?q=1"`,
		"http://u:secret@h:99999/x": `url "http://u:xxxxx@h:99999/x"`,
		"http://u:secret@a b":       `url "http://…@a b": invalid character`,
		"u:secret@h:port":           `url "…@h:port": invalid port`,
	} {
		got, err := checkGatewayURL(raw)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != want || err != nil && !strings.Contains(got, want) {
			t.Errorf("%q: got %s, want %s", raw, got, want)
		}
	}
}

// readPath reads a path as a gateway does, which is handed it unescaped once.
func readPath(t *testing.T, escaped string) []Label {
	t.Helper()
	segments := strings.Split(strings.TrimPrefix(escaped, "/metrics/"), "/")
	if len(segments)%2 != 0 {
		t.Fatalf("path %q: odd number of segments", escaped)
	}
	var labels []Label
	for i := 0; i < len(segments); i += 2 {
		name, encoded := strings.CutSuffix(segments[i], "@base64")
		value, err := url.QueryUnescape(segments[i+1])
		if encoded {
			var raw []byte
			raw, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(segments[i+1], "="))
			value = string(raw)
		}
		if err != nil {
			t.Fatalf("path %q: %v", escaped, err)
		}
		labels = append(labels, Label{Name: name, Value: value})
	}
	return labels
}

// Whatever the values are, the path is one that a gateway reads back.
func FuzzGroupURL(f *testing.F) {
	for _, v := range []string{"a", "", "/", "=", "a/b", "%2F", "a b+c", "é", "\xff", "..", ".", "?#&"} {
		f.Add(v, "x")
		f.Add("j", v)
	}
	f.Fuzz(func(t *testing.T, job, value string) {
		to := groupURL("http://h", job, []Label{{Name: "a", Value: value}})
		u, err := url.Parse(to)
		if err != nil {
			t.Fatalf("%q: %v", to, err)
		}
		got := readPath(t, u.EscapedPath())
		if len(got) != 2 || got[0] != (Label{Name: "job", Value: job}) || got[1] != (Label{Name: "a", Value: value}) {
			t.Errorf("job %q, value %q became %q: read back as %q", job, value, to, got)
		}
	})
}

// A value that servers take for a folder reaches the group that it names.
func TestDotsAreNoFolders(t *testing.T) {
	for _, dots := range []string{".", ".."} {
		got := groupURL("http://h", dots, []Label{{Name: "zone", Value: dots}})
		want := "http://h/metrics/job@base64/" + base64.RawURLEncoding.EncodeToString([]byte(dots)) + "/zone@base64/" + base64.RawURLEncoding.EncodeToString([]byte(dots))
		if got != want {
			t.Errorf("%q: got %s, want %s", dots, got, want)
		}
	}
}

// A grouping label whose name isn't a legacy one names one label all the same.
func TestNamesAreNoPaths(t *testing.T) {
	got := groupURL("http://h", "j", []Label{{Name: "a/b?c#d", Value: "x"}})
	if want := "http://h/metrics/job/j/a%2Fb%3Fc%23d/x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
