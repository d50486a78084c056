package push

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func writeToken(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A token that is replaced on disk is sent with the next push, by both transports.
func TestTokenIsReadAnew(t *testing.T) {
	var got string
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
	file := filepath.Join(t.TempDir(), "token")
	j, err := NewJSON(JSONConfig{URL: s.URL, BearerTokenFile: file})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for name, transport := range map[string]Transport{"push API": testHTTP(t, HTTPConfig{URL: s.URL, BearerTokenFile: file}), "JSON": j} {
		for _, token := range []string{"first", "second\n"} {
			writeToken(t, file, token)
			if err := transport.Send(t.Context(), gaugeBatch(Replace)); err != nil {
				t.Fatal(err)
			}
			if want := "Bearer " + strings.TrimSpace(token); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
}

// A token that can't be read now is tried again, as it may be about to be replaced; the
// error doesn't have it.
func TestUnreadableTokenIsTriedAgain(t *testing.T) {
	s := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("a request without a token was sent") })
	file := filepath.Join(t.TempDir(), "token")
	h := testHTTP(t, HTTPConfig{URL: s.URL, BearerTokenFile: file})
	for _, content := range []string{"", "\n", "hg_secret hg_secret", "hg_sécret", strings.Repeat("hg_secret", 1000)} {
		if content != "" {
			writeToken(t, file, content)
		}
		e := wantSendError(t, h.Send(t.Context(), gaugeBatch(Replace)))
		if e.Class != Retryable || e.Unsure || !strings.Contains(e.Error(), file) || strings.Contains(e.Error(), "hg_s") {
			t.Errorf("%.20q: got class %s, %v", content, e.Class, e)
		}
	}
}

// An answer of 401 is about the token, not the batch: with the next token it counts.
func TestUnknownTokenIsTriedAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	writeToken(t, file, "old")
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer new" {
			writeToken(t, file, "new") // as somebody does meanwhile
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	p := New(s.URL, "j", WithBearerTokenFile(file), WithRetry(Retry{Base: time.Millisecond})).Gatherer(prometheus.NewRegistry())
	if err := p.Push(); err != nil {
		t.Error(err)
	}
	e := wantSendError(t, testHTTP(t, HTTPConfig{URL: newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }).URL}).Send(t.Context(), gaugeBatch(Replace)))
	if e.Class != Final {
		t.Errorf("without a token: got %s, want %s", e.Class, Final)
	}
}

// The option is for the Pusher's own gateway, and excludes a user.
func TestWithBearerTokenFile(t *testing.T) {
	var got string
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
	file := filepath.Join(t.TempDir(), "token")
	writeToken(t, file, "secret\n")
	p := New(s.URL, "j", WithBearerTokenFile(file)).Gatherer(prometheus.NewRegistry())
	if err := p.Push(); err != nil || got != "Bearer secret" {
		t.Errorf("got %v and %q", err, got)
	}
	if err := New(s.URL, "j", WithBearerTokenFile("")).Error(); err == nil {
		t.Error("no file, and no error")
	}
	if err := p.BasicAuth("u", "p").Error(); err == nil || !strings.Contains(err.Error(), "exclude each other") {
		t.Errorf("with a user as well: got %v", err)
	}
	if err := New("", "j", WithBearerTokenFile(file), WithTransport(testHTTP(t, HTTPConfig{URL: s.URL}))).Error(); err == nil {
		t.Error("the option is for the push API, and there is another transport")
	}
	if _, err := NewHTTP(HTTPConfig{URL: s.URL, BearerTokenFile: file, Auth: url.UserPassword("u", "p")}); err == nil {
		t.Error("a transport with both has no error")
	}
}

// A header's value may be a secret: what is wrong with it is said without it.
func TestFaultyHeaderIsNotQuoted(t *testing.T) {
	_, err := NewHTTP(HTTPConfig{URL: "gw", Header: http.Header{"Authorization": {"Bearer hg_secret\n"}}})
	if err == nil || strings.Contains(err.Error(), "hg_secret") || !strings.Contains(err.Error(), `"\n"`) {
		t.Errorf("got %v", err)
	}
}
