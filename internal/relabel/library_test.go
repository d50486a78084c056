package relabel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/expo"
)

// What rules are made of, so that they meet each other's labels and the odd cases.
var (
	someNames    = []string{"__name__", "__meta_kubernetes_pod_label_app", "app", "env", "instance", "job", "x", "x_env", "é"}
	someValues   = []string{"", "prod", "production", "Prod", "shop", "a;b", "host:9100", "10", "$1", "é", "x", "\n", "env"}
	someRegexes  = []string{"", "(.*)", ".*", ".+", "(.+)", "prod|prd", "(prod|shop)", "()", "prod", "(?i)PROD", "(\\w+):\\d+", "x_(.+)", "__meta_kubernetes_pod_label_(.+)", "a|(b)", "(?P<v>.)(.*)", "[ap].*", "prod;?.*", "(.*);(.*)", "x|\\n", "^prod$", "a)|(b", "\uFFFD", "|x", "[^_].*", "(x|app|e.*)"}
	someReplaced = []string{"$1", "${1}", "", "production", "$2$1", "${v}", "$$", "x_$1", "$1x", "é", "env", "__tmp", "a$1", "$0"}
	someTargets  = []string{"job", "env", "x", "__tmp", "$1", "x_${1}", "${v}", "app", "__name__", "new", "a b"}
	someActions  = []relabel.Action{
		relabel.Replace, relabel.Replace, relabel.Replace, relabel.Keep, relabel.Drop, relabel.KeepEqual, relabel.DropEqual,
		relabel.HashMod, relabel.LabelMap, relabel.LabelMap, relabel.LabelDrop, relabel.LabelKeep, relabel.Lowercase, relabel.Uppercase,
	}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// someConfig returns a config that the library takes, as the library reads it.
func someConfig(r *rand.Rand) *relabel.Config {
	for {
		c := relabel.DefaultRelabelConfig
		c.Action = pick(r, someActions)
		if c.Action != relabel.LabelDrop && c.Action != relabel.LabelKeep {
			for range r.IntN(4) {
				c.SourceLabels = append(c.SourceLabels, model.LabelName(pick(r, someNames)))
			}
			c.TargetLabel = pick(r, someTargets)
			if r.IntN(3) > 0 {
				c.Replacement = pick(r, someReplaced)
			}
			if r.IntN(4) == 0 {
				c.Separator = pick(r, []string{"", "-", ";;"})
			}
		}
		if c.Action == relabel.HashMod {
			c.Modulus = 1 + r.Uint64N(4)
		}
		if r.IntN(4) > 0 {
			c.Regex = relabel.MustNewRegexp(pick(r, someRegexes))
		}
		if r.IntN(2) == 0 {
			c.NameValidationScheme = model.LegacyValidation
		}
		if copied := c; copied.Validate(model.UTF8Validation) == nil {
			return &c
		}
	}
}

func someLabels(r *rand.Rand) (ls []expo.Label) {
	for _, name := range someNames {
		if r.IntN(2) == 0 {
			ls = append(ls, expo.Label{Name: name, Value: pick(r, someValues)})
		}
	}
	slices.SortFunc(ls, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
	return ls
}

// byLibrary is what Prometheus makes of ls, and which rule drops it.
func byLibrary(configs []*relabel.Config, ls []expo.Label) (out []expo.Label, rule int) {
	scratch := labels.NewScratchBuilder(len(ls))
	for _, l := range ls {
		scratch.Add(l.Name, l.Value)
	}
	b := labels.NewBuilder(scratch.Labels())
	for i, c := range configs {
		own := *c
		if err := own.Validate(model.UTF8Validation); err != nil {
			panic(err)
		}
		if !relabel.ProcessBuilder(b, &own) {
			return nil, i
		}
	}
	b.Labels().Range(func(l labels.Label) { out = append(out, expo.Label{Name: l.Name, Value: l.Value}) })
	return out, -1
}

// present leaves out what counts as absent.
func present(ls []expo.Label) []expo.Label {
	return slices.DeleteFunc(slices.Clone(ls), func(l expo.Label) bool { return l.Value == "" })
}

// compareToLibrary applies the rules and expects what the library makes of ls, ls
// unchanged, and ls itself where no label changed.
func compareToLibrary(t *testing.T, s *Scratch, r *Rules, configs []*relabel.Config, ls []expo.Label) {
	t.Helper()
	before := slices.Clone(ls)
	want, wantRule := byLibrary(configs, ls)
	got, keep, rule := r.Apply(s, ls)
	if !slices.Equal(ls, before) {
		t.Errorf("%s: Apply changed its input %q to %q", describe(configs), before, ls)
	}
	if rule != wantRule || keep != (wantRule == -1) || keep && !slices.Equal(present(got), present(want)) {
		t.Errorf("%s\non %q: got %q, %t, rule %d, want %q, rule %d", describe(configs), ls, got, keep, rule, want, wantRule)
	}
	if !slices.IsSortedFunc(got, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%s: %q isn't sorted", describe(configs), got)
	}
}

func describe(configs []*relabel.Config) string {
	var b strings.Builder
	for _, c := range configs {
		fmt.Fprintf(&b, "\n\t%s %q sep %q regex %q mod %d target %q replacement %q scheme %v",
			c.Action, c.SourceLabels, c.Separator, c.Regex, c.Modulus, c.TargetLabel, c.Replacement, c.NameValidationScheme)
	}
	return b.String()
}

// Any rules do to any labels what Prometheus's library does, the first time and
// when it is remembered, whatever the scratch was used for before.
func TestSameAsLibrary(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var s Scratch
	for range 3000 {
		var configs []*relabel.Config
		for range 1 + r.IntN(6) {
			configs = append(configs, someConfig(r))
		}
		rules, err := Compile(configs)
		if err != nil {
			t.Fatalf("%s: %v", describe(configs), err)
		}
		for range 8 {
			ls := someLabels(r)
			compareToLibrary(t, &s, rules, configs, ls)
			compareToLibrary(t, &s, rules, configs, ls)
		}
		if t.Failed() {
			return
		}
	}
}

// One rule of any text does what the library does, or is refused as there.
func FuzzApply(f *testing.F) {
	for i, a := range someActions {
		f.Add(string(a), "app,env", ";", someRegexes[i], someTargets[i%len(someTargets)], someReplaced[i], uint64(i), "app=shop,env=prod,x=\x00")
	}
	f.Add("labelmap", "", ";", "(a).*", "", "$1", uint64(0), "a=1,ab=2,ac=3")
	f.Add("replace", "a", ";", "\uFFFD|b", "c", "d", uint64(0), "a=\xff")
	f.Fuzz(func(t *testing.T, action, sources, separator, regex, target, replacement string, modulus uint64, series string) {
		c := &relabel.Config{
			Separator: separator, TargetLabel: target, Replacement: replacement, Modulus: modulus, Action: relabel.Action(action),
		}
		if !slices.Contains(someActions, c.Action) || len(regex) > 100 {
			return
		}
		for name := range strings.SplitSeq(sources, ",") {
			c.SourceLabels = append(c.SourceLabels, model.LabelName(name))
		}
		var err error
		if c.Regex, err = relabel.NewRegexp(regex); err != nil {
			return
		}
		copied := *c
		rules, err := Compile([]*relabel.Config{c, c})
		if want := copied.Validate(model.UTF8Validation); (want == nil) != (err == nil) {
			t.Fatalf("got %v, want %v", err, want)
		}
		if err != nil {
			return
		}
		set := map[string]string{}
		for pair := range strings.SplitSeq(series, ",") {
			name, value, _ := strings.Cut(pair, "=")
			set[name] = value
		}
		var ls []expo.Label
		for name, value := range set {
			ls = append(ls, expo.Label{Name: name, Value: value})
		}
		slices.SortFunc(ls, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
		compareToLibrary(t, new(Scratch), rules, []*relabel.Config{c, c}, ls)
	})
}
