package push

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Both transports pass on what an answer warns of, a refusal too.
func TestHTTPPassesWarningsOn(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusUnprocessableEntity} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Headgate-Warning", `label-uuid: x{user} 1 of 1 values are UUIDs; drop it`)
			w.Header().Add("Headgate-Warning", `more: 3 more findings`)
			w.WriteHeader(status)
		})
		want := []Warning{{"label-uuid", "x{user} 1 of 1 values are UUIDs; drop it"}, {"more", "3 more findings"}}
		for name, transport := range map[string]Transport{
			"push": testHTTP(t, HTTPConfig{URL: s.URL}), "json": testJSON(t, JSONConfig{URL: s.URL}),
		} {
			ctx, heard := hear(t.Context())
			if err := transport.Send(ctx, gaugeBatch(Merge)); (err == nil) != (status == http.StatusOK) {
				t.Fatalf("%s, %d: %v", name, status, err)
			}
			if got := heard.end(); !slices.Equal(got, want) {
				t.Errorf("%s, %d: heard %q, want %q", name, status, got, want)
			}
		}
	}
}

// What has no rule is passed on as it is.
func TestReadWarning(t *testing.T) {
	for value, want := range map[string]Warning{
		"label-uuid: a: b; c":  {"label-uuid", "a: b; c"},
		"limit-job-series: x":  {"limit-job-series", "x"},
		"something is: amiss":  {"", "something is: amiss"},
		"":                     {},
		": x":                  {"", ": x"},
		"http://example.com/x": {"", "http://example.com/x"},
	} {
		if got := readWarning(value); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

// Nothing of a warning gets lost, whatever it is.
func FuzzReadWarning(f *testing.F) {
	f.Add(`label-uuid: rows{user} 1 of 1 values are UUIDs, such as "x"; drop it`)
	f.Add(": ")
	f.Fuzz(func(t *testing.T, value string) {
		w := readWarning(value)
		if w.Rule == "" && w.Message != value || w.Rule != "" && w.Rule+": "+w.Message != value {
			t.Errorf("%q became %q", value, w)
		}
		if s := subject(w.Message); len(s) > len(w.Message)+1 || strings.ContainsRune(s, '"') && !strings.ContainsRune(strings.SplitN(w.Message, " ", 2)[0], '"') {
			t.Errorf("subject of %q: %q", w.Message, s)
		}
	})
}
