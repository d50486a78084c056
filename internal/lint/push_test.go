package lint

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

var seedFlag = flag.Uint64("seed", 0, "run random tests with this seed only")

// forSeeds runs f with some seeds, each named if it fails.
func forSeeds(t *testing.T, f func(*testing.T, *rand.Rand)) {
	seeds := []uint64{*seedFlag}
	if *seedFlag == 0 {
		seeds = []uint64{1, 2, 3, rand.Uint64()}
	}
	for _, seed := range seeds {
		if !t.Run("", func(t *testing.T) { f(t, rand.New(rand.NewPCG(seed, 0))) }) {
			t.Fatalf("repeat with -seed %d", seed)
		}
	}
}

var start = time.Unix(1_800_000_000, 0)

// key makes a grouping key of "job=a instance=b".
func key(text string) []expo.Label {
	var out []expo.Label
	for _, pair := range strings.Fields(text) {
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, expo.Label{Name: name, Value: value})
	}
	slices.SortFunc(out, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// push makes a push of a body, as the door hands it over.
func push(t testing.TB, keyText, body string) *Push {
	t.Helper()
	p := &Push{Key: key(keyText), KeyText: keyText, Time: start}
	families, err := new(expo.Parser).Text([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := range families {
		f := &families[i]
		for j := range f.Metrics {
			m := &f.Metrics[j]
			for _, l := range p.Key {
				m.Labels = slices.DeleteFunc(m.Labels, func(own expo.Label) bool { return own.Name == l.Name })
			}
			m.Labels = append(slices.Clone(m.Labels), p.Key...)
			if !has(m.Labels, "instance") {
				m.Labels = append(m.Labels, expo.Label{Name: "instance"})
			}
			slices.SortFunc(m.Labels, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
		}
		p.Families = append(p.Families, f)
	}
	slices.SortFunc(p.Families, func(a, b *expo.Family) int { return strings.Compare(a.Name, b.Name) })
	return p
}

// rules lists what was found as "rule" or "rule(label)".
func rules(findings []labels.Finding) string {
	var out []string
	for _, f := range findings {
		if f.Label != "" {
			f.Rule += "(" + f.Label + ")"
		}
		out = append(out, f.Rule)
	}
	return strings.Join(out, " ")
}

// Each rule of a single push finds what it is about, and nothing in what only looks a
// little like it.
func TestSinglePush(t *testing.T) {
	for _, c := range []struct{ key, body, want string }{
		{"job=a instance=h1", "rows_total 1", ""},
		{"job=a", "rows 1\nlast_success_timestamp_seconds 1.7e9", ""}, // no instance, no help, no type: as scripts push
		{"job=a", "# TYPE rows counter\nrows 1", "name-counter-total"},
		{"job=a", "# TYPE rows_total gauge\nrows_total 1", "name-total"},
		{"job=a", "duration_ms 1", "name-unit"},
		{"job=a", "last_success 1.7e9", "name-timestamp"},
		{"job=a", "last_success 17", ""},
		{"job=a", "last_success_timestamp_seconds 1.7e12", "name-timestamp"},
		{"job=a", `rows{user="123e4567-e89b-12d3-a456-426614174000"} 1`, "label-uuid(user)"},
		{"job=a", `rows{mail="anna@example.org"} 1`, "label-email(mail)"},
		{"job=a", `rows{client="192.0.2.7"} 1`, "label-ip(client)"},
		{"job=a", `rows{url="/users/123456"} 1`, "label-path(url)"},
		{"job=a", `rows{at="1700000000"} 1`, "label-timestamp(at)"},
		{"job=a", `rows{code="200"} 1`, ""},
		{"job=a", "# TYPE d_seconds histogram\n" + histogram("d_seconds", `a="1",`, "1", "2") + histogram("d_seconds", `a="2",`, "1", "3"), "buckets-differ"},
		{"job=a", `rows{instance="h1"} 1`, "body-instance(instance)"},
		{"job=a instance=h2", `rows{instance="h1"} 1`, ""}, // overwritten: the door says so
		{"job=a", "rows{instance=\"h1\"} 1\nrows{instance=\"h2\"} 1", ""},
		{"job=a", "rows{instance=\"h1\"} 1\nlines 1", ""},
		{"job=a instance=backup-7d9f8b6c5-x2x7k", "rows 1", "key-value-random(instance)"},
		{"job=a instance=agent-x2k4q", "rows 1", "key-value-random(instance)"},
		{"job=a instance=3f2a9b1c4d5e", "rows 1", "key-value-random(instance)"},
		{"job=a instance=123e4567-e89b-12d3-a456-426614174000", "rows 1", "key-value-random(instance)"},
		{"job=a run=1700000000", "rows 1", "key-value-random(run)"},
		{"job=nightly-2024-05-01", "rows 1", "key-value-random(job)"},
		{"job=backup_20240501", "rows 1", "key-value-random(job)"},
		{"job=a run=2024-05-01", "rows 1", "key-value-random(run)"},
		{"job=a run=20240501", "rows 1", "key-value-random(run)"},
		{"job=a run=20249901", "rows 1", ""},
		{"job=a version=2.1.0", "rows 1", ""},
		{"job=build-1700000000", "rows 1", "key-value-random(job)"},
		{"job=x.123e4567-e89b-12d3-a456-426614174000", "rows 1", "key-value-random(job)"},
		{"job=a instance=192.0.2.7:9100", "rows 1", ""},
		{"job=a instance=web-0", "rows 1", ""},
		{"job=a instance=db-primary-2.example.org", "rows 1", ""},
		{"job=a instance=ip-10-0-0-17", "rows 1", ""},
		{"job=a instance=deadbeefcafe", "rows 1", ""}, // no digits: a name
		{"job=a instance=123456789012", "rows 1", "key-value-random(instance)"},
		{"job=report-2024", "rows 1", ""},
	} {
		got := rules(New(Options{}).Push(push(t, c.key, c.body)))
		if got != c.want {
			t.Errorf("{%s} %s: got %q, want %q", c.key, c.body, got, c.want)
		}
	}
}

func histogram(name, labels string, le ...string) string {
	var b strings.Builder
	for _, bound := range append(le, "+Inf") {
		fmt.Fprintf(&b, "%s_bucket{%sle=%q} 1\n", name, labels, bound)
	}
	labels = strings.TrimSuffix(labels, ",")
	fmt.Fprintf(&b, "%s_sum{%s} 1\n%s_count{%s} 1\n", name, labels, name, labels)
	return b.String()
}

// What the key overwrote is named, since its author may look for it in vain.
func TestBodyOverwritten(t *testing.T) {
	p := push(t, "job=a instance=h", "rows 1")
	p.BodyJob, p.BodyInstance = "other", "h2"
	l := New(Options{})
	got := l.Push(p)
	if rules(got) != "body-instance(instance) body-job(job)" {
		t.Fatalf("got %q", rules(got))
	}
	want := `body-job: job="other" stands in the body and is overwritten by the grouping key's; leave job to the URL; if it is another thing, call it target_job`
	if got := Header(got[1]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	p.BodyJob = ""
	if got := rules(l.Push(p)); got != "body-instance(instance)" {
		t.Errorf("without job: got %q", got)
	}
	p.BodyJob, p.BodyInstance = "", ""
	if got := l.Push(p); len(got) > 0 {
		t.Errorf("it is said of a push that is right: %q", rules(got))
	}
}

// A finding names no Go: pushers write in all languages.
func TestWordsForAllLanguages(t *testing.T) {
	body := `a{m="anna@example.org",u="123e4567-e89b-12d3-a456-426614174000",h="d41d8cd98f00b204e9800998ecf8427e",ip="192.0.2.7",` +
		`p="/users/123456",t="1700000000",k="eyJhbGciOiJIUzI1NiJ9_x-Y",pod="web-5d4f8c7b9-x2k4q",n="982347234",` +
		`error="could not connect to it",user_id="1",quantile="1"} 1` + "\n"
	for i := range 200 {
		body += fmt.Sprintf("b{v=\"v%d\"} 1\n", i)
	}
	found := New(Options{}).Push(push(t, "job=a", body))
	if len(found) < 13 {
		t.Errorf("got only %q", rules(found))
	}
	for _, f := range found {
		if text := f.Message + f.Suggestion; strings.Contains(text, "labels.") || strings.Contains(text, "Pusher") {
			t.Errorf("%s", f)
		}
	}
}

// What is ignored isn't reported: a rule, a metric, a label, a job, or all. New options hold from
// the next push of a group on, and what they ignore is off the list at once.
func TestOptions(t *testing.T) {
	body := "duration_ms{user_id=\"1\"} 1"
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "name-unit label-identifier(user_id) key-value-random(run)"},
		{Options{Ignore: []string{"name-unit"}}, "label-identifier(user_id) key-value-random(run)"},
		{Options{Ignore: []string{"user_id", "run"}}, "name-unit"},
		{Options{Ignore: []string{"duration_ms"}}, "key-value-random(run)"},
		{Options{Ignore: []string{"a"}}, ""},
		{Options{Off: true}, ""},
	} {
		same := func(got string) {
			t.Helper()
			a, b := strings.Fields(got), strings.Fields(c.want)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) {
				t.Errorf("%+v: got %q, want %q", c.o, got, c.want)
			}
		}
		l := New(c.o)
		same(rules(l.Push(push(t, "job=a run=1700000000", body))))
		l = New(Options{})
		l.Push(push(t, "job=a run=1700000000", body))
		l.SetOptions(c.o)
		listed := ""
		for _, g := range l.Groups(resident("job=a run=1700000000")) {
			listed += rules(g.Findings)
		}
		same(listed)
		same(rules(l.Push(push(t, "job=a run=1700000000", body))))
	}
	l := New(Options{MaxValues: 1})
	if got := rules(l.Push(push(t, "job=a", "x{a=\"b\"} 1\nx{a=\"c\"} 1"))); got != "label-cardinality(a)" {
		t.Errorf("MaxValues: got %q", got)
	}
}

// Whatever a rule looks at makes a push a new one, though all else is as before.
func TestChangesAreSeen(t *testing.T) {
	l := New(Options{})
	for _, c := range []struct{ body, want string }{
		{"# TYPE last_rows gauge\nlast_rows 1", ""},
		{"# TYPE last_rows untyped\nlast_rows 1", ""},
		{"# TYPE last_rows counter\nlast_rows 1", "name-counter-total"},
		{"# TYPE last_rows gauge\nlast_rows 1.7e9", "name-timestamp"},
		{"# TYPE last_rows gauge\nlast_rows 1", ""},
		{"last_rows{a=\"x\"} 1", ""},
		{"last_rows{a=\"10.1.2.3\"} 1", "label-ip(a)"},
		{"last_rows{user_id=\"x\"} 1", "label-identifier(user_id)"},
		{"last_ms{a=\"x\"} 1", "name-unit"},
	} {
		if got := rules(l.Push(push(t, "job=a", c.body))); got != c.want {
			t.Errorf("%s: got %q, want %q", c.body, got, c.want)
		}
	}
	// Types that differ in nothing else.
	l = New(Options{})
	for _, c := range []struct{ kind, want string }{{"untyped", ""}, {"gauge", "name-total"}, {"untyped", ""}} {
		if got := rules(l.Push(push(t, "job=a", "# TYPE rows_total "+c.kind+"\nrows_total 1"))); got != c.want {
			t.Errorf("%s: got %q, want %q", c.kind, got, c.want)
		}
	}
}

// Each push with a finding is counted, those of a known shape too, and one of several
// findings by a rule once.
func TestPushesCounted(t *testing.T) {
	l := New(Options{})
	for range 3 {
		l.Push(push(t, "job=a", "a_ms 1\nb_ms 1"))
		l.Push(push(t, "job=b", "a 1"))
	}
	for _, r := range l.Stats().Rules {
		pushes, groups := uint64(0), 0
		if r.Rule == "name-unit" {
			pushes, groups = 3, 1
		}
		if r.Pushes != pushes || r.Groups != groups {
			t.Errorf("got %+v, want %d pushes, %d groups", r, pushes, groups)
		}
	}
}
