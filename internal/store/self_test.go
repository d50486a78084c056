package store

import (
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

func ownGauge(name string) expo.Family {
	return expo.Family{Name: name, Type: expo.Gauge, Help: "ours", HasHelp: true, Metrics: []expo.Metric{{Value: 1}}}
}

func view(t *testing.T, s *Store, own ...expo.Family) string {
	t.Helper()
	var b strings.Builder
	if _, err := s.View(own).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func pushText(t *testing.T, s *Store, job, name, text string) error {
	t.Helper()
	c := &Change{Kind: KindReplace, Key: KeyOf([]expo.Label{{Name: "job", Value: job}})}
	c.Families = []FamilyChange{{Name: name, Type: expo.Gauge, Text: text}}
	it := &Item{Change: c, Time: 1}
	s.ApplyBatch([]*Item{it})
	return it.Err
}

// The gateway's own families come and go with what is gathered, as when a
// collector fails, and the others stay.
func TestOwnFamiliesComeAndGo(t *testing.T) {
	s := New()
	a, b, c := ownGauge("a"), ownGauge("b"), ownGauge("c")
	all := view(t, s, a, b, c)
	if got, want := view(t, s, b, c), strings.TrimPrefix(all, "# HELP a ours\n# TYPE a gauge\na 1\n"); got != want {
		t.Errorf("without a: got\n%s\nwant\n%s", got, want)
	}
	if got := view(t, s); got != "" {
		t.Errorf("without any: got\n%s", got)
	}
	if got := view(t, s, a, b, c); got != all {
		t.Errorf("all again: got\n%s\nwant\n%s", got, all)
	}
}

// An own family whose name is taken is left out and counted, and taking its name
// into account does not outlast the scrape.
func TestOwnFamilyOfATakenNameIsHidden(t *testing.T) {
	s := New()
	if err := pushText(t, s, "j", "a.b", "{\"a.b\",instance=\"\",job=\"j\"} 1\n"); err != nil {
		t.Fatal(err)
	}
	if got := view(t, s, ownGauge("a_b"), ownGauge("z")); strings.Contains(got, "a_b 1") || !strings.Contains(got, "z 1") {
		t.Errorf("want z alone:\n%s", got)
	}
	if got := s.Stats().Hidden; got != 1 {
		t.Errorf("%d families are hidden, want 1", got)
	}
	c := &Change{Kind: KindReplace, Key: KeyOf([]expo.Label{{Name: "job", Value: "k"}}), Families: []FamilyChange{
		{Name: "c-d", Type: expo.Gauge, Text: "{\"c-d\",instance=\"\",job=\"k\"} 1\n"},
		{Name: "c.d", Type: expo.Gauge, Text: "{\"c.d\",instance=\"\",job=\"k\",x=\"1\"} 1\n"},
	}}
	it := &Item{Change: c, Time: 1}
	if s.ApplyBatch([]*Item{it}); it.Err == nil {
		t.Error("two spellings of one name in a push were taken")
	}
}

// State from before there were metrics of runs may have a family of such a name, with the
// very series that would be shown. Then none of ours is, and they come when it has gone.
func TestRunFamilyOfATakenNameIsHidden(t *testing.T) {
	s := New()
	own := expo.Family{Name: RunFamilies[RunsGoing].Name, Type: expo.Gauge, Metrics: []expo.Metric{{
		Labels: []expo.Label{{Name: "instance"}, {Name: "job", Value: "j"}}, Value: 2,
	}}}
	pushed, ours := own.Name+"{instance=\"\",job=\"j\"} 1\n", own.Name+"{instance=\"\",job=\"j\"} 2\n"
	if got := view(t, s, own); !strings.Contains(got, ours) {
		t.Errorf("before: got\n%s", got)
	}
	if err := pushText(t, s, "j", own.Name, pushed); err != nil {
		t.Fatal(err)
	}
	if got := view(t, s, own); strings.Contains(got, ours) || !strings.Contains(got, pushed) || s.Stats().Hidden != 1 {
		t.Errorf("want the pushed one alone:\n%s", got)
	}
	s.ApplyBatch([]*Item{{Change: &Change{Kind: KindWipe}, Seq: 2, Time: 2}})
	if got := view(t, s, own); got != "# TYPE "+own.Name+" gauge\n"+ours {
		t.Errorf("after: got\n%s", got)
	}
}
