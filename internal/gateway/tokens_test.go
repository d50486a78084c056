package gateway

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// entry is a token of the configuration whose secret is its name.
func entry(name string) string {
	return fmt.Sprintf("- {name: %s, sha256: %x, rights: [push], match: '{job=\"a\"}'}\n", name, sha256.Sum256([]byte(name)))
}

// A token is changed without a gap and without a restart: the new one beside the old,
// then the new one alone. The counts tell when.
func TestTokensAreRotated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yml")
	write := func(tokens ...string) {
		if err := os.WriteFile(file, []byte("anonymous: [read]\ntokens:\n"+strings.Join(tokens, "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(entry("old"))
	g := start(t, Config{ConfigFile: file})
	pushes := func(secret string, want int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodPut, "/metrics/job/a", strings.NewReader("m 1\n"))
		r.Header.Set("Authorization", "Bearer "+secret)
		w := httptest.NewRecorder()
		g.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("push with %s: got %d %s, want %d", secret, w.Code, w.Body, want)
		}
	}
	pushes("old", 200)
	pushes("new", 401)
	write(entry("old"), entry("new"))
	if err := g.Reload(); err != nil {
		t.Fatal(err)
	}
	pushes("old", 200)
	pushes("new", 200)
	uses := map[string]float64{}
	for _, m := range scraped(t, g)["headgate_token_requests_total"].GetMetric() {
		uses[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	if fmt.Sprint(uses) != "map[new:1 old:2]" {
		t.Errorf("got the uses %v, want those from before the reload kept", uses)
	}
	write(entry("new"))
	if err := g.Reload(); err != nil {
		t.Fatal(err)
	}
	pushes("old", 401)
	pushes("new", 200)
	write("oops")
	if err := g.Reload(); err == nil {
		t.Error("a faulty file was taken")
	}
	pushes("old", 401)
}

// To take the last word about rights out of the file opens the gateway, and isn't
// done in silence.
func TestOpeningIsTold(t *testing.T) {
	var log bytes.Buffer
	file := filepath.Join(t.TempDir(), "c.yml")
	var g *Gateway
	for i, text := range []string{"tokens:\n" + entry("a"), "anonymous: [read]\n", "# nothing\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			g = start(t, Config{ConfigFile: file, Log: slog.New(slog.NewTextHandler(&log, nil))})
		} else if err := g.Reload(); err != nil {
			t.Fatal(err)
		}
		want := map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}[i == 2]
		if code, answer := do(t, g.Handler(), http.MethodPut, "/metrics/job/a", "m 1\n"); code != want {
			t.Errorf("%q: got %d %s, want %d", text, code, answer, want)
		}
		if told := strings.Contains(log.String(), "everybody may do everything"); told != (i == 2) {
			t.Errorf("%q: the log is\n%s", text, &log)
		}
	}
}
