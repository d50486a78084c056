package labels

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// make1 makes a policy or ends the test.
func make1(t testing.TB, rules ...Rule) *Policy {
	t.Helper()
	p, err := New(rules...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// parse reads labels written as a=1 b=2.
func parse(s string) []Label {
	var out []Label
	for _, f := range strings.Fields(s) {
		name, value, _ := strings.Cut(f, "=")
		out = append(out, Label{name, value})
	}
	return out
}

func write(labels []Label) string {
	var out []string
	for _, l := range labels {
		out = append(out, l.Name+"="+l.Value)
	}
	return strings.Join(out, " ")
}

// Each rule does to a label what its comment says.
func TestApply(t *testing.T) {
	networks := map[string]string{
		"10.0.0.0/8": "internal", "10.7.0.0/16": "lab", "2001:db8::/32": "v6", "192.0.2.1": "router", "::ffff:172.16.0.0/108": "private",
	}
	for _, c := range []struct {
		name, in, want string
		rules          []Rule
	}{
		{"no rules", "a=1 b=2", "a=1 b=2", nil},
		{"rename", "service=x b=2", "job=x b=2", []Rule{Rename("service", "job")}},
		{"the label named so already wins, last", "service=x job=y", "job=y", []Rule{Rename("service", "job")}},
		{"the label named so already wins, first", "job=y service=x", "job=y", []Rule{Rename("service", "job")}},
		{"of renamed ones the first by name wins", "svc=s app=a", "job=a", []Rule{Rename("svc", "job"), Rename("app", "job")}},
		{"of renamed ones the first by name wins, turned", "app=a svc=s", "job=a", []Rule{Rename("svc", "job"), Rename("app", "job")}},
		{"alias", "env=prod", "env=production", []Rule{Alias("env", map[string]string{"prod": "production"})}},
		{"alias after rename", "stage=prod", "env=production", []Rule{Alias("env", map[string]string{"prod": "production"}), Rename("stage", "env")}},
		{"allow sees the alias", "env=prod", "env=production", []Rule{Allow("env", "production"), Alias("env", map[string]string{"prod": "production"})}},
		{"allowed", "method=GET", "method=GET", []Rule{Allow("method", "GET")}},
		{"not allowed", "method=BREW", "method=other", []Rule{Allow("method", "GET")}},
		{"not allowed, else", "method=BREW", "method=tea", []Rule{Allow("method", "GET").Else("tea")}},
		{"drop", "a=1 user_id=7 b=2", "a=1 b=2", []Rule{Drop("user_id")}},
		{"drop what was renamed", "uid=7 b=2", "b=2", []Rule{Drop("user_id"), Rename("uid", "user_id")}},
		{"template", "path=/users/7", "path=/users/:id", []Rule{Template("path", "/users/:id")}},
		{"template, else", "path=/wp-login.php", "path=none", []Rule{Template("path", "/users/:id").Else("none")}},
		{"template before ids", "path=/users/7", "path=/users/{user}", []Rule{TemplateIDs("path"), Template("path", "/users/{user}")}},
		{"ids where no template fits", "path=/orders/7?x=1", "path=/orders/:id", []Rule{TemplateIDs("path"), Template("path", "/users/{user}")}},
		{"match", "path=/v2/a", "path=v2-a", []Rule{Match("path", "/(v[0-9])/(.*)", "$1-$2")}},
		{"match is of the whole value", "path=x/v2/a", "path=x/v2/a", []Rule{Match("path", "/(v[0-9])/(.*)", "$1-$2")}},
		{"the first match wins", "a=1", "a=x", []Rule{Match("a", "1", "x"), Match("a", "1|x", "y")}},
		{"region", "client_ip=10.1.2.3 b=1", "region=internal b=1", []Rule{Region("client_ip", "region", networks)}},
		{"region, longest prefix", "client_ip=10.7.2.3", "region=lab", []Rule{Region("client_ip", "region", networks)}},
		{"region, port", "client_ip=10.7.2.3:80", "region=lab", []Rule{Region("client_ip", "region", networks)}},
		{"region, IPv6", "client_ip=2001:db8::1", "region=v6", []Rule{Region("client_ip", "region", networks)}},
		{"region, brackets and port", "client_ip=[2001:db8::1]:80", "region=v6", []Rule{Region("client_ip", "region", networks)}},
		{"region, brackets", "client_ip=[2001:db8::1]", "region=v6", []Rule{Region("client_ip", "region", networks)}},
		{"region, zone", "client_ip=2001:db8::1%eth0", "region=v6", []Rule{Region("client_ip", "region", networks)}},
		{"region, mapped address", "client_ip=::ffff:10.7.0.1", "region=lab", []Rule{Region("client_ip", "region", networks)}},
		{"region, mapped prefix", "client_ip=172.17.0.1", "region=private", []Rule{Region("client_ip", "region", networks)}},
		{"region, single address", "client_ip=192.0.2.1", "region=router", []Rule{Region("client_ip", "region", networks)}},
		{"region, none", "client_ip=192.0.2.2", "region=unknown", []Rule{Region("client_ip", "region", networks)}},
		{"region, no address", "client_ip=unix", "region=local", []Rule{Region("client_ip", "region", networks).Else("local")}},
		{"region in place", "ip=10.0.0.1", "ip=internal", []Rule{Region("ip", "ip", networks)}},
		{"region, renamed and aliased", "addr=10.0.0.1", "region=in", []Rule{
			Region("ip", "region", networks), Rename("addr", "ip"), Alias("region", map[string]string{"internal": "in"})}},
		{"length", "a=abcdef", "a=abc", []Rule{MaxValueLength(3)}},
		{"length, within a character", "a=abé", "a=ab", []Rule{MaxValueLength(3)}},
		{"for another metric", "a=1", "a=1", []Rule{For("other", Drop("a"))}},
		{"for this metric", "a=1 b=2", "b=2", []Rule{For("m", Drop("a"))}},
		{"a general rule holds beside", "a=1 b=2", "", []Rule{For("m", Drop("a")), Drop("b")}},
		{"its own list replaces the general one", "a=1", "a=1", []Rule{For("m", Allow("a", "1")), Allow("a", "2")}},
		{"its own aliases replace the general ones", "a=1", "a=x", []Rule{For("m", Alias("a", map[string]string{"1": "x"})), Alias("a", map[string]string{"1": "y"})}},
		{"its own patterns replace the general ones", "a=/u/1", "a=/u/:user", []Rule{For("m", Template("a", "/u/:user")), Match("a", ".*", "y")}},
		{"its own Drop beside a general list", "a=1", "", []Rule{For("m", Drop("a")), Allow("a", "2")}},
		{"duplicates", "a=1 a=2", "a=1", nil},
		{"reserved and empty names", "__x=1 =2 a=3", "a=3", nil},
		{"not UTF-8", "a=x\xff \xff=1", "a=x\uFFFD", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := make1(t, c.rules...)
			in := parse(c.in)
			out, exemplar := p.Apply("m", in, []Label{{"before", "1"}})
			if got, want := write(out), strings.TrimSpace("before=1 "+c.want); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if exemplar != nil {
				t.Errorf("got exemplar %v", exemplar)
			}
			if write(in) != write(parse(c.in)) {
				t.Errorf("in has become %q", write(in))
			}
		})
	}
}

// A policy without rules, and none at all, leave labels alone.
func TestZeroPolicy(t *testing.T) {
	for name, p := range map[string]*Policy{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			if out, _ := p.Apply("m", parse("a=1 a=2 b=3"), nil); write(out) != "a=1 b=3" {
				t.Errorf("got %q", write(out))
			}
			if p.Limit("m") != 0 {
				t.Errorf("got a limit of %d", p.Limit("m"))
			}
			if out := p.Overflow("m", parse("a=1"), nil); write(out) != "a=overflow" {
				t.Errorf("got %q", write(out))
			}
		})
	}
}

// A rule that is wrong is an error that quotes the rule and what is wrong.
func TestNewRefuses(t *testing.T) {
	any1 := map[string]string{"10.0.0.0/8": "in"}
	for _, c := range []struct {
		rules []Rule
		want  string
	}{
		{[]Rule{Rename("a", "a-b")}, `label policy: Rename("a", "a-b"): label name "a-b": want [a-zA-Z_][a-zA-Z0-9_]*`},
		{[]Rule{Rename("__name__", "a")}, `label name "__name__": names that begin with __ are reserved`},
		{[]Rule{Drop("le")}, `Drop("le"): label name "le": it belongs to the format`},
		{[]Rule{Rename("a", "quantile")}, `label name "quantile": it belongs to the format`},
		{[]Rule{Drop("")}, `label name "": want UTF-8 that is not empty`},
		{[]Rule{Rename("a", "a")}, `Rename("a", "a"): want two different names`},
		{[]Rule{Rename("a", "b"), Rename("a", "c")}, `Rename("a", "c"): "a" is renamed to "b" already`},
		{[]Rule{Rename("a", "b"), Rename("b", "c")}, `Rename("a", "b"): "b" is renamed too: rename "a" to "c"`},
		{[]Rule{Rename("a", "b"), Drop("a")}, `no other rule sees "a": write those about it for "b"`},
		{[]Rule{Rename("a", "b"), Region("a", "r", any1)}, `Region("a", "r") never sees "a": write it for "b"`},
		{[]Rule{Rename("r", "b"), Region("a", "r", any1)}, `Region("a", "r") makes a label "r" again: let it make "b"`},
		{[]Rule{Region("a", "r", any1), Drop("a")}, `Region("a", "r"): no other rule sees "a": write those about it for "r"`},
		{[]Rule{Region("a", "b", any1), Region("b", "c", any1)}, `Region("a", "b") makes a label "b" again: let it make "c"`},
		{[]Rule{Region("a", "b", any1), Region("a", "c", any1)}, `"a" is replaced by "b" already`},
		{[]Rule{Region("a", "b", nil)}, `want at least one network`},
		{[]Rule{Region("a", "b", map[string]string{"10.0.0.0/33": "x"})}, `network "10.0.0.0/33": want an address or a CIDR prefix`},
		{[]Rule{Region("a", "b", map[string]string{"10.1.2.3/8": "x"})}, `network "10.1.2.3/8" has bits beyond its length: want "10.0.0.0/8"`},
		{[]Rule{Region("a", "b", map[string]string{"10.0.0.0/8": "x", "::ffff:10.0.0.0/104": "y"})}, `network "::ffff:10.0.0.0/104" is "x" already, not "y"`},
		{[]Rule{Alias("a", nil)}, `want at least one value`},
		{[]Rule{Alias("a", map[string]string{"x": "y"}), Alias("a", map[string]string{"x": "z"})}, `value "x" stands for "y" already, not for "z"`},
		{[]Rule{Alias("a", map[string]string{"x": "y", "y": "z"})}, `value "x" stands for "y", which stands for "z": let it stand for "z"`},
		{[]Rule{Allow("a")}, `Allow("a"): want at least one value; to take the label off, write Drop`},
		{[]Rule{Allow("a", "x"), Allow("a", "y")}, `Allow("a", "y"): label "a" has a list already`},
		{[]Rule{Allow("a", "\xff")}, `value "\xff": want UTF-8`},
		{[]Rule{Drop("a"), Drop("a")}, `label "a" is dropped already`},
		{[]Rule{Drop("a").ToLog(nil)}, `ToLog(nil): want a logger`},
		{[]Rule{Cap(0)}, `label policy: Cap(0): want at least 1 of series`},
		{[]Rule{Cap(1), Cap(2)}, `Cap(2): it is 1 series already`},
		{[]Rule{MaxValueLength(-1)}, `MaxValueLength(-1): want at least 1 of bytes`},
		{[]Rule{Match("a", "(", "")}, "Match(\"a\", \"(\", \"\"): pattern \"(\": error parsing regexp"},
		{[]Rule{Match("a", "x)(?:y", "")}, `pattern "x)(?:y"`},
		{[]Rule{TemplateIDs("a"), TemplateIDs("a")}, `the label has this rule already`},
		{[]Rule{TemplateIDs("a"), Template("a", "/x").Else("y")}, `TemplateIDs("a") does nothing beside the Else of Template("a", …)`},
		{[]Rule{Template("a")}, `want at least one template`},
		{[]Rule{Template("a", "/x").Else("y"), Template("a", "/z").Else("q")}, `what fits no template is "y" already, not "q"`},
		{[]Rule{Template("a", "users")}, `template "users": want a path such as "/users/:id"`},
		{[]Rule{Template("a", "/x?y")}, `template "/x?y": want a path`},
		{[]Rule{Template("a", "/x//y")}, `template "/x//y": want no empty segment`},
		{[]Rule{Template("a", "/:")}, `segment ":": want a name`},
		{[]Rule{Template("a", "/:a-b")}, `segment ":a-b": want a name of letters, digits and _`},
		{[]Rule{Template("a", "/{}")}, `segment "{}": want a name`},
		{[]Rule{Template("a", "/x{id}")}, `segment "x{id}": want it literal, or :name, {name}, {name...} or * as a whole`},
		{[]Rule{Template("a", "/*/x")}, `segment "*" takes all that follows: want it at the end`},
		{[]Rule{Template("a", "/:a/x", "/{b}/x")}, `template "/{b}/x" fits the same paths as "/:a/x": want one of them`},
		{[]Rule{For("", Drop("a"))}, `For(""): metric name ""`},
		{[]Rule{For("m", For("n"))}, `For("m"): For("n"): want it beside the other For`},
		{[]Rule{For("m", Cap(0))}, `For("m"): Cap(0): want at least 1`},
		{[]Rule{Rename("a", "b"), For("m", Drop("a"))}, `For("m"): Rename("a", "b"): no other rule sees "a"`},
		{[]Rule{Log(nil)}, `Log(logger): want a logger`},
		{[]Rule{Log(slog.Default()), Log(slog.Default())}, `a policy has one log`},
		{[]Rule{For("m", Log(slog.Default()))}, `want it beside For, not in it`},
		{[]Rule{MergeGauges(ByName)}, `want Sum, Max, Min or Mean`},
		{[]Rule{MergeGauges(Max), MergeGauges(Min)}, `it is set to another already`},
		{[]Rule{nil}, `rule 1 is nil`},
	} {
		t.Run(fmt.Sprint(c.rules), func(t *testing.T) {
			p, err := New(c.rules...)
			if err == nil || p != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// All rules that are wrong are named at once.
func TestNewNamesEachRule(t *testing.T) {
	_, err := New(Cap(0), Drop("le"), For("m", MaxValueLength(0)))
	for _, want := range []string{"Cap(0)", `Drop("le")`, "MaxValueLength(0)"} {
		if err == nil || !regexp.MustCompile(regexp.QuoteMeta(want)).MatchString(err.Error()) {
			t.Errorf("%v doesn't name %s", err, want)
		}
	}
}

// A gateway takes no NUL in an exemplar, and would refuse all else with it.
func TestExemplarsHaveNoNUL(t *testing.T) {
	p := make1(t, Drop("a").ToExemplar())
	_, exemplar := p.Apply("m", []Label{{"a", "x\x00y"}}, nil)
	if want := []Label{{"a", "x\uFFFDy"}}; !slices.Equal(exemplar, want) {
		t.Errorf("got %q, want %q", exemplar, want)
	}
	if got := counted(t, p); !strings.Contains(got, `{reason="invalid"} 1`) {
		t.Errorf("it isn't counted:\n%s", got)
	}
}

// A cap is that of the metric, or else the general one.
func TestLimit(t *testing.T) {
	p := make1(t, Cap(10), For("m", Cap(3)), For("n", Drop("a")))
	for metric, want := range map[string]int{"m": 3, "n": 10, "o": 10} {
		if got := p.Limit(metric); got != want {
			t.Errorf("the limit of %s is %d, want %d", metric, got, want)
		}
	}
}

// What a caller does to a slice or map that a rule was made of doesn't reach the policy.
func TestPolicyKeepsItsOwn(t *testing.T) {
	values, aliases := []string{"GET"}, map[string]string{"x": "y"}
	templates, networks := []string{"/x/:id"}, map[string]string{"10.0.0.0/8": "in"}
	rules := []Rule{Allow("a", values...), Alias("b", aliases), Template("c", templates...), Region("d", "d", networks)}
	values[0], aliases["x"], templates[0], networks["10.0.0.0/8"] = "PUT", "z", "/y", "out"
	p := make1(t, rules...)
	if out, _ := p.Apply("m", parse("a=GET b=x c=/x/1 d=10.0.0.1"), nil); write(out) != "a=GET b=y c=/x/:id d=in" {
		t.Errorf("got %q", write(out))
	}
}

// Apply allocates nothing when nothing has to be written anew.
func TestApplyAllocates(t *testing.T) {
	p := benchPolicy(t)
	in, dst := parse("method=GET env=prod path=/users/123 code=200"), make([]Label, 0, 8)
	if n := testing.AllocsPerRun(100, func() { p.Apply("m", in, dst) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func benchPolicy(tb testing.TB) *Policy {
	return make1(tb, Rename("service", "app"), Alias("env", map[string]string{"prod": "production"}),
		Template("path", "/users/:id", "/users/:id/orders/:order"), Allow("method", "GET", "POST"))
}

func BenchmarkApply(b *testing.B) {
	p := benchPolicy(b)
	in, dst := parse("method=GET env=prod path=/users/123 service=web"), make([]Label, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		p.Apply("m", in, dst)
	}
}
