package relabel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/expo"
)

// set reads "a=b c=d".
func set(text string) (ls []expo.Label) {
	for pair := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(pair, "=")
		ls = append(ls, expo.Label{Name: name, Value: value})
	}
	return ls
}

// What people write rules for comes out as they expect, and the rule that drops is told.
func TestApply(t *testing.T) {
	for _, c := range []struct {
		rules    []*relabel.Config
		in, want string
		rule     int
	}{
		{nil, "a=1 job=j", "a=1 job=j", -1},
		{[]*relabel.Config{replace("job", "$1", "(.+)", "service")}, "job=push service=shop", "job=shop service=shop", -1},
		{[]*relabel.Config{replace("job", "$1", "(.+)", "service")}, "job=push", "job=push", -1},
		{[]*relabel.Config{replace("job", "$1", "(.*)", "service")}, "job=push", "", -1}, // an empty value takes off
		{[]*relabel.Config{replace("job", "$1", "(.*)", "service")}, "service=shop", "job=shop service=shop", -1},
		{[]*relabel.Config{replace("env", "production", "prod|prd", "env")}, "env=prd", "env=production", -1},
		{[]*relabel.Config{action(relabel.LabelDrop, "b|c")}, "a=1 b=2 c=3 d=4", "a=1 d=4", -1},
		{[]*relabel.Config{action(relabel.LabelKeep, "b|c")}, "a=1 b= c=3 d=4", "b= c=3", -1},
		{[]*relabel.Config{replace("a", "", ".*"), action(relabel.Drop, "debug", "level")}, "a=1 level=debug", "", 1},
		{[]*relabel.Config{action(relabel.Keep, "x", "absent")}, "a=1", "", 0},
		{[]*relabel.Config{action(relabel.LabelMap, "(a).*")}, "a1=first a2=last", "a=last a1=first a2=last", -1},
	} {
		rules, err := Compile(c.rules)
		if err != nil {
			t.Fatal(err)
		}
		out, keep, rule := rules.Apply(new(Scratch), set(c.in))
		if rule != c.rule || keep != (rule == -1) || !slices.Equal(out, set(c.want)) {
			t.Errorf("%s\non %q: got %q, %t, %d, want %q, %d", describe(c.rules), c.in, out, keep, rule, c.want, c.rule)
		}
	}
}

// Rules that the library refuses are refused with their number, and nobody's config is changed.
func TestCompile(t *testing.T) {
	good := replace("job", "$1", "(.+)", "service")
	_, err := Compile([]*relabel.Config{good, action(relabel.HashMod, ".*", "a")})
	if want := "relabel rule 2: relabel configuration for hashmod requires non-zero modulus"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if good.NameValidationScheme != model.UnsetValidation {
		t.Errorf("the config was given the scheme %v", good.NameValidationScheme)
	}
	if _, err := Compile([]*relabel.Config{{Action: relabel.Lowercase, SourceLabels: model.LabelNames{"a"}, TargetLabel: "a", Separator: ";", Replacement: "$1"}}); err != nil {
		t.Errorf("without a regex: %v", err)
	}
}

// The first rules do what they did, and no more.
func TestFirst(t *testing.T) {
	rules, err := Compile(touching())
	if err != nil {
		t.Fatal(err)
	}
	var s Scratch
	for n, want := range []string{"environment=prd", "environment=prd", "env=prd environment=prd", "env=production environment=prd", "env=production"} {
		if out, _, _ := rules.First(n).Apply(&s, set("environment=prd")); !slices.Equal(out, set(want)) {
			t.Errorf("%d rules: got %q, want %q", n, out, want)
		}
		if got := rules.First(n).Len(); got != n {
			t.Errorf("got %d rules, want %d", got, n)
		}
	}
}

// More rules by name than there are bits for them mean the same.
func TestManyRulesByName(t *testing.T) {
	var configs []*relabel.Config
	for i := range 150 {
		configs = append(configs, action(relabel.LabelDrop, fmt.Sprintf("l%d", 2*i)))
	}
	rules, err := Compile(configs)
	if err != nil {
		t.Fatal(err)
	}
	out, _, _ := rules.Apply(new(Scratch), set("l0=a l1=b l128=c l129=d l256=e"))
	if want := set("l1=b l129=d"); !slices.Equal(out, want) {
		t.Errorf("got %q, want %q", out, want)
	}
}

// However many values there are, a bounded number is remembered, and none that is long.
func TestMemoIsBounded(t *testing.T) {
	m := newMemo[string]()
	worked := 0
	echo := func(text string) *string { worked++; return &text }
	for i := range 100_000 {
		text := fmt.Sprint("value-", i)
		if got := m.get(text, echo); *got != text {
			t.Fatalf("got %q, want %q", *got, text)
		}
	}
	remembered := 0
	for i := range m.places {
		if k := m.places[i].Load(); k != nil {
			remembered++
		}
	}
	if remembered < memoPlaces/2 {
		t.Errorf("%d of %d places are used", remembered, memoPlaces)
	}
	long := strings.Repeat("x", memoText+1)
	worked = 0
	for range 2 {
		m.get(long, echo)
	}
	if worked != 2 {
		t.Errorf("a text of %d bytes is remembered", len(long))
	}
}

// A label may be longer than the library can bear, even where it would be asked.
func TestLongValue(t *testing.T) {
	rules, err := Compile([]*relabel.Config{action(relabel.LabelMap, "(a).*")})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 1<<24)
	out, _, _ := rules.Apply(new(Scratch), []expo.Label{{Name: "a1", Value: "short"}, {Name: "a2", Value: long}})
	if len(out) != 3 || out[0].Name != "a" || out[0].Value != long {
		t.Errorf("got %d labels, want a with the value of a2 and the two", len(out))
	}
}

// Pushes share the rules; each has its scratch.
func TestConcurrently(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var configs []*relabel.Config
	for range 8 {
		if c := someConfig(r); c.Action != relabel.Keep && c.Action != relabel.KeepEqual {
			configs = append(configs, c)
		}
	}
	rules, err := Compile(configs)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range uint64(4) {
		all.Go(func() {
			var s Scratch
			r := rand.New(rand.NewPCG(seed, i))
			for range 500 {
				compareToLibrary(t, &s, rules, configs, someLabels(r))
			}
		})
	}
	all.Wait()
}
