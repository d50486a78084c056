package api

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/access"
)

// held is a policy with a token for each right, whose secrets are their names.
func held(t testing.TB, anonymous access.Rights) *access.Policy {
	t.Helper()
	token := func(secret string, rights access.Rights, match string) access.Token {
		hash, _ := access.HashOf(secret)
		k := access.Token{Name: secret + "-token", Hash: hash, Rights: rights}
		if match != "" {
			k.Match = matchers(t, match)
		}
		return k
	}
	old := token("old", access.Admin, "")
	old.Expires = time.Now().Add(-time.Hour)
	return access.NewPolicy([]access.Token{
		token("push", access.Push, `{job="a"}`), token("delete", access.Delete, `{job="a"}`),
		token("read", access.Read, ""), token("admin", access.Admin, ""), old,
	}, anonymous)
}

func matchers(t testing.TB, match string) []*labels.Matcher {
	t.Helper()
	m, err := parser.NewParser(parser.Options{}).ParseMetricSelector(match)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// closed is a gateway with those tokens, three groups and no reason to refuse otherwise.
func closed(t testing.TB, anonymous access.Rights) *gateway {
	t.Helper()
	g := newGateway(t, func(o *Options) { o.EnableLifecycle = true; o.Reload = func() error { return nil } })
	for _, job := range []string{"a", "a/zone/eu", "b"} {
		if w := g.do("PUT", "/metrics/job/"+job, "m 1\n"); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
	}
	g.SetAccess(held(t, anonymous))
	return g
}

func bearer(secret string) []string { return []string{"Authorization", "Bearer " + secret} }

func basic(user, password string) []string {
	return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
}

// A request that isn't let in changes nothing, is told what to send, and is counted.
func TestRefusedRequests(t *testing.T) {
	g := closed(t, 0)
	before := g.do("GET", "/metrics", "", bearer("read")...).Body.String()
	for _, c := range []struct {
		request, reason string
		headers         []string
		status          int
	}{
		{"PUT /metrics/job/a", "no_token", nil, 401},
		{"PUT /metrics/job/a", "no_token", []string{"Authorization", "Digest x"}, 401},
		{"PUT /metrics/job/a", "no_token", bearer(""), 401},
		{"PUT /metrics/job/a", "unknown_token", bearer("wrong"), 401},
		{"PUT /metrics/job/a", "unknown_token", basic("any", "wrong"), 401},
		{"PUT /metrics/job/a", "unknown_token", []string{tokenHeader, "wrong"}, 401},
		{"PUT /metrics/job/a", "expired_token", bearer("old"), 401},
		{"PUT /metrics/job/a", "right", bearer("read"), 403},
		{"PUT /metrics/job/b", "other_group", bearer("push"), 403},
		{"POST /api/v1/push?job=b", "other_group", bearer("push"), 403},
		{"DELETE /metrics/job/b", "other_group", bearer("delete"), 403},
		{`DELETE /api/v1/groups?match[]={job=~".%2B"}`, "other_group", bearer("delete"), 403},
		{"PUT /api/v1/admin/wipe", "right", bearer("delete"), 403},
		{"PUT /metrics/job/a", "cross_site", append(basic("any", "push"), "Sec-Fetch-Site", "cross-site"), 403},
	} {
		method, target, _ := strings.Cut(c.request, " ")
		count := fmt.Sprintf(`headgate_refused_requests_total{reason="%s"}`, c.reason)
		n := metric(t, g, count)
		w := g.do(method, target, map[bool]string{true: `[{"name":"m","value":2}]`, false: "m 2\n"}[strings.Contains(target, "/push")], c.headers...)
		want(t, w, c.status)
		if got := metric(t, g, count) - n; got != 1 {
			t.Errorf("%s with %q: %s grew by %v", c.request, c.headers, count, got)
		}
		challenge := strings.Join(w.Header().Values("WWW-Authenticate"), ", ")
		if asks := strings.Contains(challenge, "Bearer realm=") && strings.Contains(challenge, "Basic realm="); asks != (c.status == 401) {
			t.Errorf("%s: status %d with the challenge %q", c.request, w.Code, challenge)
		}
	}
	if after := g.do("GET", "/metrics", "", bearer("read")...).Body.String(); after != before {
		t.Errorf("a refused request has changed what is scraped:\n%s\nbefore:\n%s", after, before)
	}
}

// metric reads one of the API's own.
func metric(t testing.TB, g *gateway, series string) float64 {
	t.Helper()
	families, err := g.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			parts := []string{}
			for _, l := range m.GetLabel() {
				parts = append(parts, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			if f.GetName()+"{"+strings.Join(parts, ",")+"}" == series {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("no series %s", series)
	return 0
}

// A token goes in by whichever header a client can send, and beside basic
// authentication that is for a server in front.
func TestWaysToShowAToken(t *testing.T) {
	g := closed(t, access.Read)
	for _, headers := range [][]string{
		bearer("push"), {"Authorization", "bearer push"}, {"Authorization", "Bearer  push "}, basic("", "push"), basic("any", "push"),
		{tokenHeader, "push"}, append(basic("alice", "her password"), tokenHeader, "push"),
	} {
		want(t, g.do("PUT", "/metrics/job/a", "m 1\n", headers...), 200)
		want(t, g.do("GET", "/metrics", "", headers...), 200) // left to everybody
	}
	want(t, g.do("GET", "/metrics", "", basic("alice", "her password")...), 200)
	want(t, g.do("GET", "/metrics", "", bearer("wrong")...), 401) // or nobody would see that it is
	want(t, g.do("GET", "/metrics", "", basic("any", "old")...), 401)
	want(t, g.do("PUT", "/metrics/job/a", "m 1\n", basic("alice", "her password")...), 401)
}

// Who shows wrong tokens is told to wait; right ones from the same place get through.
func TestWrongTokensAreSlowedDown(t *testing.T) {
	g := closed(t, 0)
	throttled := 0
	for range 100 {
		w := g.do("PUT", "/metrics/job/a", "m 1\n", bearer("wrong")...)
		if w.Code == http.StatusTooManyRequests {
			throttled++
			wantHeader(t, w, "Retry-After", "6")
			continue
		}
		want(t, w, 401)
	}
	if throttled < 85 || throttled > 95 {
		t.Errorf("%d of 100 were told to wait", throttled)
	}
	want(t, g.do("PUT", "/metrics/job/a", "m 1\n", bearer("push")...), 200)
	want(t, g.do("PUT", "/metrics/job/a", "m 1\n"), 401) // no token is no guess
}

// The list of deletes names the token, for which nobody can pass by a user's name.
func TestAuditNamesTheToken(t *testing.T) {
	g := closed(t, access.Delete)
	for _, headers := range [][]string{basic("root", "admin"), basic("token:admin-token", "x"), bearer("delete")} {
		want(t, g.do("DELETE", "/metrics/job/a", "", headers...), 202)
		g.do("PUT", "/metrics/job/a", "m 1\n", bearer("push")...)
	}
	w := g.do("GET", "/api/v1/audit", "", bearer("admin")...)
	want(t, w, 200, `"user":"token:admin-token"`, `"user":"token:delete-token"`, `"user":"token","address"`)
}

// No secret comes out again: not in an answer, not in the log, not in the list of deletes.
func TestSecretsStayIn(t *testing.T) {
	const secret = "hg_SecretOfSomebody"
	var log bytes.Buffer
	g := newGateway(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Flags = map[string]string{"config.file": "headgate.yml"}
	})
	hash, _ := access.HashOf(secret)
	for _, rights := range []access.Rights{access.Admin, access.Read, 0} {
		k := access.Token{Name: "somebody", Hash: hash, Rights: rights}
		if rights == 0 {
			k.Hash, _ = access.HashOf("another")
		}
		g.SetAccess(access.NewPolicy([]access.Token{k}, 0))
		for _, headers := range [][]string{bearer(secret), basic("x", secret), {tokenHeader, secret}} {
			for _, requests := range tries {
				for _, request := range requests {
					method, target, _ := strings.Cut(request, " ")
					w := g.do(method, target, "m 1\n", append(headers, "Accept", "text/html")...)
					head := &strings.Builder{}
					_ = w.Result().Header.Write(head)
					for _, hidden := range []string{secret, headers[1]} {
						if strings.Contains(w.Body.String(), hidden) || strings.Contains(head.String(), hidden) {
							t.Errorf("%s answers with the secret", request)
						}
					}
				}
			}
		}
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log has the secret:\n%s", &log)
	}
	if !strings.Contains(log.String(), "somebody") {
		t.Errorf("the log doesn't name the token:\n%s", &log)
	}
}

// What was open closes, and the other way round, without a restart.
func TestAccessIsReplaced(t *testing.T) {
	g := closed(t, 0)
	want(t, g.do("GET", "/metrics", ""), 401)
	g.SetAccess(nil)
	want(t, g.do("GET", "/metrics", ""), 200)
	want(t, g.do("GET", "/metrics", "", bearer("whatever")...), 200)
	g.SetAccess(held(t, access.Read))
	want(t, g.do("GET", "/metrics", ""), 200)
	want(t, g.do("PUT", "/metrics/job/a", "m 1\n"), 401)
}

// A handler that is reached without a look at its request's rights may do nothing.
func TestNobodyLookedIsNothing(t *testing.T) {
	g := closed(t, access.Read)
	if who := g.grantOf(httptest.NewRequest("GET", "/", nil)); who.Has(access.Read) {
		t.Errorf("got %+v", who)
	}
}

// A refused body isn't read.
func TestBodyOfARefusedPushIsLeft(t *testing.T) {
	g := closed(t, 0)
	r := httptest.NewRequest("PUT", "/metrics/job/a", io.NopCloser(unread{t}))
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	want(t, w, 401)
}

type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// Whatever a header says: who doesn't show the very secret has no right.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{"", "Bearer", "Bearer push", "bearer  push ", "Basic eDpwdXNo", "Basic OnB1c2g=", "Basic push", "Bearer push, Bearer admin", "Basic =", "\x00 push"} {
		f.Add(seed)
	}
	g := closed(f, 0)
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("PUT", "/metrics/job/a", nil)
		r.Header["Authorization"] = []string{header}
		who, err := g.admit(r, access.Push)
		_, password, _ := r.BasicAuth()
		scheme, rest, _ := strings.Cut(header, " ")
		shown := password == "push" || password == "admin" ||
			strings.EqualFold(scheme, "bearer") && (strings.TrimSpace(rest) == "push" || strings.TrimSpace(rest) == "admin")
		if got := err == nil; got != shown || got != who.Has(access.Push) {
			t.Errorf("%q: %v, %+v", header, err, who)
		}
	})
}

// The share of a push that tokens take.
func BenchmarkAdmit(b *testing.B) {
	secret := access.NewSecret()
	hash, _ := access.HashOf(secret)
	for name, policy := range map[string]*access.Policy{
		"open": nil, "tokens": access.NewPolicy([]access.Token{{Name: "a", Hash: hash, Rights: access.Push, Match: matchers(b, `{job="a"}`)}}, 0),
	} {
		g := newGateway(b, nil)
		g.SetAccess(policy)
		for way, headers := range map[string][]string{"bearer": bearer(secret), "basic": basic("a", secret)} {
			r := httptest.NewRequest("PUT", "/metrics/job/a", nil)
			r.Header.Set(headers[0], headers[1])
			b.Run(name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := g.admit(r, access.Push); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
