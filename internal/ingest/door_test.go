package ingest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
)

// fixture is a door with a real journal behind it.
type fixture struct {
	*Door
	t   *testing.T
	dir string
}

func newFixture(t *testing.T, o Options) *fixture {
	t.Helper()
	return open(t, o, t.TempDir())
}

func open(t *testing.T, o Options, dir string) *fixture {
	t.Helper()
	return openRuled(t, o, dir, Rules{Limits: limit.Rules{Set: limit.Defaults}})
}

// openRuled has the rules in force before it replays what is in dir.
func openRuled(t *testing.T, o Options, dir string, rules Rules) *fixture {
	t.Helper()
	o.Store = store.New()
	d := New(o)
	d.SetRules(rules)
	log, err := journal.Open(journal.Options{Dir: dir, Sync: journal.SyncNever, Deliver: d.Deliver})
	if err != nil {
		t.Fatal(err)
	}
	d.Attach(log)
	if _, err := log.Replay(t.Context(), d.store.Replay); err != nil {
		t.Fatal(err)
	}
	log.Start()
	t.Cleanup(func() { log.Close() })
	return &fixture{d, t, dir}
}

func (f *fixture) push(body string, labels ...string) error {
	return f.Push(f.t.Context(), &Push{Labels: key(labels...), Body: []byte(body)})
}

func (f *fixture) scrape() string {
	var b strings.Builder
	if _, err := f.store.View(nil).WriteTo(&b); err != nil {
		f.t.Fatal(err)
	}
	return b.String()
}

// key makes a grouping key of names and values that are sorted by name.
func key(pairs ...string) []expo.Label {
	if len(pairs) == 0 {
		return []expo.Label{{Name: "job", Value: "j"}}
	}
	var labels []expo.Label
	for i := 0; i < len(pairs); i += 2 {
		labels = append(labels, expo.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return labels
}

func TestWhatIsPushedIsShown(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"labels are merged and sorted", "m{z=\"1\",a=\"2\"} 3\n", "m{a=\"2\",instance=\"\",job=\"j\",z=\"1\"} 3\n"},
		{"the grouping key wins", "m{job=\"x\"} 3\n", "m{instance=\"\",job=\"j\"} 3\n"},
		{"an instance in the body stays", "m{instance=\"i\"} 3\n", "m{instance=\"i\",job=\"j\"} 3\n"},
		{"metrics come out sorted", "m{a=\"2\"} 2\nm 0\nm{a=\"1\"} 1\n",
			"m{instance=\"\",job=\"j\"} 0\nm{a=\"1\",instance=\"\",job=\"j\"} 1\nm{a=\"2\",instance=\"\",job=\"j\"} 2\n"},
		{"families come out sorted", "b 1\na 1\n", "# TYPE a untyped\na{instance=\"\",job=\"j\"} 1\n# TYPE b untyped\nb{instance=\"\",job=\"j\"} 1\n"},
		{"a pushed push time is ours to say", "push_time_seconds 5\nm 1\n", "# TYPE push_time_seconds gauge\npush_time_seconds{instance=\"\",job=\"j\"} 1."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, Options{})
			if err := f.push(test.body); err != nil {
				t.Fatal(err)
			}
			if got := f.scrape(); !strings.Contains(got, test.want) {
				t.Errorf("got\n%s\nwant in it\n%s", got, test.want)
			}
		})
	}
}

func TestRefusedPushLeavesOnlyItsFailureTime(t *testing.T) {
	tests := []struct{ name, body, reason, want string }{
		{"timestamp", "m 1 0\n", "timestamp", "must not have timestamps"},
		{"reserved label", "m{__x=\"1\"} 1\n", "label", "__x"},
		{"duplicate", "m 1\nm 2\n", "duplicate", "was collected before with the same name and label values"},
		{"duplicate after merging", "m{job=\"a\"} 1\nm{job=\"b\"} 2\n", "duplicate", "m{instance=\"\",job=\"j\"}"},
		{"the gateway's own, another type", "# TYPE go_goroutines counter\ngo_goroutines 1\n", "type", "the gateway's own go_goroutines has type gauge"},
		{"a suffix of the gateway's own", "own_count 1\n", "name", "collides with the gateway's own own"},
		{"timestamp on what the gateway says itself", "push_time_seconds 1 5\nm 1\n", "timestamp", "must not have timestamps"},
		{"bucket twice", "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 1\nh_sum 1\nh_count 1\n", "value", "h"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, Options{})
			f.Reserve([]expo.Family{{Name: "go_goroutines", Type: expo.Gauge}, {Name: "own", Type: expo.Summary}})
			if err := f.push("keep 1\n"); err != nil {
				t.Fatal(err)
			}
			err := f.push(test.body)
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Reason != test.reason {
				t.Fatalf("got %#v (%v), want refused because of %s", err, err, test.reason)
			}
			if msg := err.Error(); !strings.Contains(msg, test.want) || !strings.HasPrefix(msg, "pushed metrics are invalid or inconsistent with existing metrics: ") {
				t.Errorf("message %q lacks %q", msg, test.want)
			}
			got := f.scrape()
			if !strings.Contains(got, "keep{instance=\"\",job=\"j\"} 1\n") || strings.Contains(got, "failure_time_seconds{instance=\"\",job=\"j\"} 0\n") {
				t.Errorf("what was there should stay and the failure show:\n%s", got)
			}
		})
	}
}

func TestUnparsablePushLeavesNoTrace(t *testing.T) {
	f := newFixture(t, Options{})
	err := f.push("m\n")
	var parse *expo.ParseError
	if !errors.As(err, &parse) {
		t.Fatalf("got %v, want a parse error", err)
	}
	if got := f.scrape(); got != "" {
		t.Errorf("a push that doesn't parse made a group:\n%s", got)
	}
}

func TestLeOnTheGroupingKeyOfAHistogramIsRefused(t *testing.T) {
	f := newFixture(t, Options{})
	if err := f.push("# TYPE h histogram\nh_sum 1\nh_count 1\n", "job", "j", "le", "1"); err == nil {
		t.Error("two le labels in one line were let through")
	}
}

// With UTF-8 names, what a scraper that asks for escaped names would see twice is refused.
func TestNamesThatMeetOnceEscapedAreRefused(t *testing.T) {
	tests := []struct{ name, body, reason string }{
		{"labels of one metric", "m{\"a.b\"=\"1\",a_b=\"2\"} 1\n", "label"},
		{"a label that becomes the name", "m{\"..name__\"=\"1\"} 1\n", "label"},
		{"a label that becomes le", "# TYPE h histogram\nh_sum{\"l e\"=\"1\",\"U__l_20_e\"=\"1\"} 1\nh_count{\"l e\"=\"1\",\"U__l_20_e\"=\"1\"} 1\n", "label"},
		{"series of one push", "m{\"a.b\"=\"1\"} 1\nm{a_b=\"1\"} 1\n", "series"},
		{"families of one push", "{\"a.b\"} 1\na_b 1\n", "name"},
		{"the gateway's own", "{\"go.goroutines\"} 1\n", "name"},
		{"the gateway's own by a suffix", "{\"go.goroutines.x\"} 1\n# TYPE \"own.x\" summary\n{\"own.x_sum\"} 1\n{\"own.x_count\"} 1\n", "name"},
		{"the group's own", "{\"push.time.seconds\"} 1\n", "name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, Options{UTF8Names: true})
			f.Reserve([]expo.Family{{Name: "go_goroutines", Type: expo.Gauge}, {Name: "own_x_count", Type: expo.Gauge}})
			err := f.push(test.body)
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Reason != test.reason {
				t.Errorf("got %v, want refused because of %s", err, test.reason)
			}
		})
	}
}

// A small body under a large grouping key is refused before it takes the memory
// that it would grow to.
func TestGrownPushIsRefusedBeforeItIsMade(t *testing.T) {
	f := newFixture(t, Options{})
	body := strings.Repeat("m 1\n", 20_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := f.push(body, "job", "j", "long", strings.Repeat("x", 60_000))
	runtime.ReadMemStats(&after)
	var large *LimitError
	if !errors.As(err, &large) || large.ID != "limit-push-bytes" {
		t.Errorf("got %v, want limit-push-bytes", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("it took %d bytes to refuse 1.2 GB", grown)
	}
	if left := f.preparing.Load(); left != 0 {
		t.Errorf("%d bytes stay reserved", left)
	}
}

// Pushes that are prepared at once share a budget; one alone may exceed it.
func TestPreparingIsBounded(t *testing.T) {
	d := New(Options{Store: store.New()})
	big, small := new(work), new(work)
	if err := d.take(big, mostPreparing+1); err != nil {
		t.Errorf("a push alone: %v", err)
	}
	if err := d.take(small, 1); !errors.Is(err, ErrQueueFull) {
		t.Errorf("a second one: got %v, want ErrQueueFull", err)
	}
	d.give(big)
	if err := d.take(small, 1); err != nil {
		t.Errorf("after the first: %v", err)
	}
}

func TestSampleLimitNamesItself(t *testing.T) {
	f := newFixture(t, Options{})
	f.SetRules(Rules{MaxSamples: 2, Limits: limit.Rules{Set: limit.Defaults}})
	err := f.push("a 1\nb 1\nc 1\n")
	var large *LimitError
	if !errors.As(err, &large) || !strings.Contains(err.Error(), "limit-push-samples") {
		t.Errorf("got %v, want limit-push-samples", err)
	}
}

func TestChangeLimitNamesItself(t *testing.T) {
	f := newFixture(t, Options{MaxChange: 100})
	var body strings.Builder
	for i := range 20 {
		fmt.Fprintf(&body, "m%d 1\n", i)
	}
	var limit *LimitError
	if err := f.push(body.String()); !errors.As(err, &limit) || limit.ID != "limit-push-bytes" {
		t.Errorf("got %v, want limit-push-bytes", err)
	}
}

// What was answered is there after a restart, byte for byte.
func TestRestartShowsTheSame(t *testing.T) {
	f := newFixture(t, Options{})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := f.push(fmt.Sprintf("m{n=\"%d\"} %d\n", i, i), "job", fmt.Sprint(i%7)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_ = f.push("m 1 5\n", "job", "failed")
	if n, _, err := f.Delete(t.Context(), store.Origin{}, []string{store.KeyOf(key("job", "3")), "no such"}); n != 1 || err != nil {
		t.Errorf("deleted %d groups, error %v; want 1", n, err)
	}
	before := f.scrape()
	if err := f.log.Close(); err != nil {
		t.Fatal(err)
	}
	if after := open(t, Options{}, f.dir).scrape(); after != before {
		t.Errorf("before the restart\n%s\nafter it\n%s", before, after)
	}
}

func TestPushOfACancelledRequestIsNotTaken(t *testing.T) {
	f := newFixture(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Push(ctx, &Push{Labels: key(), Body: []byte("m 1\n")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if got := f.scrape(); got != "" {
		t.Errorf("it was taken:\n%s", got)
	}
}

// The group that a JSON push was for stays known when the next push reuses what
// this one was read with.
func TestJSONPushKeepsItsGroup(t *testing.T) {
	f := newFixture(t, Options{})
	var pushes []*Push
	for i := range 20 {
		p := &Push{JSON: &expo.JSONOptions{}, Body: fmt.Appendf(nil, `{"name":"m","value":1,"job":"\u006a%02d"}`, i)}
		if err := f.Push(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		pushes = append(pushes, p)
	}
	for i, p := range pushes {
		if want := fmt.Sprintf("j%02d", i); len(p.Labels) != 1 || p.Labels[0].Value != want {
			t.Errorf("group %v, want job %s", p.Labels, want)
		}
	}
}

// JSON is weighed by its entries before it is parsed.
func TestJSONPushIsWeighed(t *testing.T) {
	f := newFixture(t, Options{})
	other := new(work)
	if err := f.take(other, mostPreparing-100*metricBytes); err != nil {
		t.Fatal(err)
	}
	body := "[" + strings.Repeat(`{"name":"m","value":1,"job":"j","timestamp":1700000000000},`, 100) + `{"name":"m","value":1,"job":"j"}]`
	p := &Push{JSON: &expo.JSONOptions{Latest: 1700000000000}, Body: []byte(body)}
	if err := f.Push(t.Context(), p); !errors.Is(err, ErrQueueFull) {
		t.Errorf("with room for 100 samples: %v, want ErrQueueFull", err)
	}
	f.give(other)
	if err := f.Push(t.Context(), p); err != nil {
		t.Errorf("with room for all: %v", err)
	}
}

// A JSON push names its group itself: its failure is that group's, and a group that
// can't be shown in every spelling gets none.
func TestRefusedJSONPush(t *testing.T) {
	f := newFixture(t, Options{UTF8Names: true})
	p := &Push{JSON: &expo.JSONOptions{}, Body: []byte(`{"name":"m","value":1,"job":"\u006a","labels":{"__x":""}}`)}
	err := f.Push(t.Context(), p)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Reason != "label" {
		t.Fatalf("got %v, want refused because of a label", err)
	}
	if got := f.scrape(); strings.Contains(got, "failure_time_seconds{instance=\"\",job=\"j\"} 0\n") || strings.Contains(got, "m{") {
		t.Errorf("the group's failure should show:\n%s", got)
	}
	before := f.scrape()
	p = &Push{JSON: &expo.JSONOptions{Grouping: []string{"a.b", "a_b"}}, Body: []byte(`{"name":"m","value":1,"job":"k","labels":{"a.b":"","a_b":""}}`)}
	if err := f.Push(t.Context(), p); !errors.As(err, &refused) || refused.Reason != "label" {
		t.Errorf("got %v, want refused because of a label", err)
	}
	if got := f.scrape(); got != before {
		t.Errorf("a key that can't be shown left a trace:\n%s", got)
	}
}
