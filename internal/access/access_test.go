package access

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/expo"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func token(t testing.TB, name, secret string, rights Rights, match string) Token {
	t.Helper()
	hash, ok := HashOf(secret)
	if !ok {
		t.Fatalf("secret %q has no hash", secret)
	}
	k := Token{Name: name, Hash: hash, Rights: rights}
	if match != "" {
		var err error
		if k.Match, err = parser.NewParser(parser.Options{}).ParseMetricSelector(match); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func key(job string) []expo.Label { return []expo.Label{{Name: "job", Value: job}} }

// Where nothing is said all is open. With one token, or with rights for everybody,
// nothing is but what is said.
func TestPolicyWithoutTokensIsOpen(t *testing.T) {
	open := NewPolicy(nil, 0)
	closed := NewPolicy([]Token{token(t, "a", "s", Push, `{job="a"}`)}, 0)
	for _, right := range []Rights{Push, Read, Delete, Admin} {
		if g := open.Anonymous(); !g.Has(right) || !g.Covers(right, key("x")) || g.Scope(right) != nil {
			t.Errorf("no tokens: no right to %s", right)
		}
		if g := closed.Anonymous(); g.Has(right) || g.Covers(right, key("a")) {
			t.Errorf("one token: everybody has the right to %s", right)
		}
	}
	if g := NewPolicy(nil, Read).Anonymous(); !g.Has(Read) || g.Has(Push) || g.Has(Admin) {
		t.Errorf("read for everybody: got %+v", g)
	}
}

// A right that is bound to groups is for those alone; the others are for the gateway.
func TestGrantIsBoundToItsGroups(t *testing.T) {
	p := NewPolicy([]Token{
		token(t, "backup", "b", Push|Delete|Read, `{job="backup"}`),
		token(t, "root", "r", Admin, ""),
	}, 0)
	backup, outcome := p.Find("b", now)
	if outcome != Found || backup.Name != "backup" {
		t.Fatalf("got %+v, %v", backup, outcome)
	}
	for _, c := range []struct {
		right Rights
		job   string
		want  bool
	}{
		{Push, "backup", true}, {Push, "other", false}, {Delete, "backup", true}, {Delete, "other", false},
		{Read, "other", true}, {Admin, "backup", false}, {Push | Delete, "backup", true},
	} {
		if got := backup.Covers(c.right, key(c.job)); got != c.want {
			t.Errorf("%s of %s: got %v", c.right, c.job, got)
		}
	}
	if len(backup.Scope(Push)) != 1 || backup.Scope(Read) != nil {
		t.Errorf("got the scopes %v and %v, want the matcher and all", backup.Scope(Push), backup.Scope(Read))
	}
	if root, _ := p.Find("r", now); !root.Covers(Delete, key("any")) || root.Scope(Push) != nil || !root.Has(Read) {
		t.Error("admin hasn't the other rights")
	}
}

// What is left to everybody is left to who shows a token, too.
func TestTokenTakesNothingAway(t *testing.T) {
	p := NewPolicy([]Token{token(t, "backup", "b", Push, `{job="backup"}`)}, Read)
	g, _ := p.Find("b", now)
	if !g.Has(Read) || !g.Covers(Push, key("backup")) || g.Covers(Push, key("x")) {
		t.Errorf("got %+v", g)
	}
	if g, outcome := p.Find("wrong", now); outcome != Unknown || !g.Has(Read) || g.Has(Push) || g.Name != "" {
		t.Errorf("wrong secret: got %+v, %v", g, outcome)
	}
}

// A token is none from its very time on, nor is anything that isn't a secret.
func TestFindRefuses(t *testing.T) {
	k := token(t, "old", "s", Admin, "")
	k.Expires = now
	p := NewPolicy([]Token{k}, 0)
	if g, outcome := p.Find("s", now.Add(-1)); outcome != Found || !g.Has(Admin) {
		t.Errorf("before: got %+v, %v", g, outcome)
	}
	if g, outcome := p.Find("s", now); outcome != Expired || g.Has(Read) || g.Name != "old" {
		t.Errorf("at its end: got %+v, %v", g, outcome)
	}
	for _, secret := range []string{"", "S", "s ", strings.Repeat("s", MostSecret+1)} {
		if g, outcome := p.Find(secret, now.Add(-1)); outcome != Unknown || g.Has(Read) {
			t.Errorf("%.10q: got %+v, %v", secret, g, outcome)
		}
	}
}

// Uses are counted, and go on being counted over a reload, even by requests that
// have the policy from before.
func TestUsesSurviveAReload(t *testing.T) {
	before := NewPolicy([]Token{token(t, "b", "b", Push, ""), token(t, "a", "a", Push, "")}, 0)
	before.Find("a", now)
	after := NewPolicy([]Token{token(t, "renamed", "a", Push, ""), token(t, "c", "c", Push, "")}, 0)
	after.CountOn(before)
	before.Find("a", now)
	after.Find("a", now)
	after.Find("wrong", now)
	got := ""
	for _, u := range after.Usage() {
		got += fmt.Sprint(u.Name, u.Requests, " ")
	}
	if got != "c0 renamed3 " {
		t.Errorf("got %q", got)
	}
}

// A secret has 256 bits that no other has, and says what it is.
func TestNewSecret(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	if a == b || len(a) != 46 || !strings.HasPrefix(a, "hg_") || strings.ContainsAny(a, `+/=:"' `) {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestRightsAreNamed(t *testing.T) {
	if got := (Push | Admin).String(); got != "push, admin" {
		t.Errorf("got %q", got)
	}
	for _, name := range Names() {
		if r, ok := Named(name); !ok || r.String() != name {
			t.Errorf("%s: got %s, %v", name, r, ok)
		}
	}
	if _, ok := Named("write"); ok {
		t.Error("there is a right to write")
	}
}

// Who fails too often waits, and is forgiven with time; others aren't concerned.
func TestFailuresSlowDown(t *testing.T) {
	f, at := NewFailures(), now
	for i := range failureBurst {
		if wait := f.Note("192.0.2.1", at); wait != 0 {
			t.Fatalf("failure %d has to wait %s", i+1, wait)
		}
	}
	for range 100 { // who doesn't wait doesn't wait longer for it
		if wait := f.Note("192.0.2.1", at); wait != failureEvery {
			t.Fatalf("has to wait %s, want %s", wait, failureEvery)
		}
	}
	if wait := f.Note("192.0.2.1", at.Add(failureEvery)); wait != 0 {
		t.Errorf("after waiting: %s more", wait)
	}
	if wait := f.Note("192.0.2.1", at.Add(failureEvery)); wait != failureEvery {
		t.Errorf("one more: waits %s, want %s", wait, failureEvery)
	}
}

// An IPv6 network is one client, whatever address of it is used; so is an IPv4
// address in IPv6's clothes.
func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1/32", "::ffff:192.0.2.1": "192.0.2.1/32", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "@": "invalid Prefix", "": "invalid Prefix",
	} {
		if got := network(address).String(); got != want {
			t.Errorf("%q: got %s, want %s", address, got, want)
		}
	}
}

// The cost of a token on the way of a push: a hash and a look-up, and no allocation.
func BenchmarkFind(b *testing.B) {
	secret := NewSecret()
	tokens := []Token{token(b, "backup", secret, Push, `{job="backup"}`)}
	for i := range 1000 {
		tokens = append(tokens, token(b, fmt.Sprint(i), NewSecret(), Push, `{job="backup"}`))
	}
	p, job := NewPolicy(tokens, Read), key("backup")
	b.ReportAllocs()
	for b.Loop() {
		if g, _ := p.Find(secret, now); !g.Covers(Push, job) {
			b.Fatal("refused")
		}
	}
}
