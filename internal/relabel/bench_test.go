package relabel

import (
	"fmt"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/expo"
)

// push is ten series of eight labels, as a job on a host would push them.
func push(host string) (sets [][]expo.Label) {
	for i := range 10 {
		sets = append(sets, []expo.Label{
			{Name: "__name__", Value: fmt.Sprintf("batch_metric_%d_seconds", i)},
			{Name: "environment", Value: "prod"},
			{Name: "instance", Value: host + ":9100"},
			{Name: "job", Value: "nightly-backup"},
			{Name: "region", Value: "eu-west-1"},
			{Name: "service", Value: "Shop"},
			{Name: "step", Value: fmt.Sprintf("load-%d", i)},
			{Name: "team", Value: "storage"},
		})
	}
	return sets
}

func replace(target, replacement, regex string, sources ...model.LabelName) *relabel.Config {
	c := relabel.DefaultRelabelConfig
	c.SourceLabels, c.TargetLabel, c.Replacement, c.Regex = sources, target, replacement, relabel.MustNewRegexp(regex)
	return &c
}

func action(a relabel.Action, regex string, sources ...model.LabelName) *relabel.Config {
	c := relabel.DefaultRelabelConfig
	c.Action, c.SourceLabels, c.Regex = a, sources, relabel.MustNewRegexp(regex)
	return &c
}

// idle are rules that don't touch the series of push: about labels that aren't
// there, and about others whose values they don't match.
func idle(n int) (configs []*relabel.Config) {
	all := []*relabel.Config{
		action(relabel.Drop, "debug_.*", "__name__"),
		action(relabel.LabelDrop, "tmp_.*"),
		replace("job", "$1", "(.+)", "app"),
		replace("env", "production", "prod|prd", "env"),
		action(relabel.LabelMap, "__meta_kubernetes_pod_label_(.+)"),
		replace("region", "eu-$1", "europe-(.*)", "region"),
		action(relabel.Keep, ".+", "job"),
		replace("team", "platform", "infra|ops", "team"),
		action(relabel.Drop, "test;.*", "environment", "team"),
		replace("job", "$1", "(.+)", "__meta_kubernetes_pod_label_app"),
		action(relabel.Drop, "localhost(:\\d+)?", "instance"),
		replace("step", "$1", "step_(.+)", "step"),
		replace("zone", "$1-$2", "(.+);(.+)", "az", "rack"),
		action(relabel.LabelDrop, "pod_template_hash|controller_revision_hash"),
		replace("instance", "$1", "([^:]+):80", "instance"),
	}
	for i := range n {
		configs = append(configs, all[i%len(all)])
	}
	return configs
}

func touching() []*relabel.Config {
	lower := action(relabel.Lowercase, "(.*)", "service")
	lower.TargetLabel = "service"
	return []*relabel.Config{
		replace("instance", "$1", "([^:]+):\\d+", "instance"),
		replace("env", "$1", "(.+)", "environment"),
		replace("env", "production", "prod|prd", "env"),
		action(relabel.LabelDrop, "environment"),
		lower,
	}
}

func benchmark(b *testing.B, configs []*relabel.Config, sets [][]expo.Label) {
	rules, err := Compile(configs)
	if err != nil {
		b.Fatal(err)
	}
	var s Scratch
	b.ReportAllocs()
	for b.Loop() {
		for _, ls := range sets {
			if _, keep, _ := rules.Apply(&s, ls); !keep {
				b.Fatal("dropped")
			}
		}
	}
}

// Ten series and twenty rules: what a push pays for relabelling.
func BenchmarkApply(b *testing.B) {
	b.Run("untouched", func(b *testing.B) { benchmark(b, idle(20), push("host-1")) })
	b.Run("touched", func(b *testing.B) { benchmark(b, append(touching(), idle(15)...), push("host-1")) })
	b.Run("library", func(b *testing.B) {
		configs, sets := append(touching(), idle(15)...), push("host-1")
		b.ReportAllocs()
		for b.Loop() {
			for _, ls := range sets {
				byLibrary(configs, ls)
			}
		}
	})
	// Each push has an instance that the rules haven't seen.
	b.Run("fresh", func(b *testing.B) {
		rules, err := Compile(append(touching(), idle(15)...))
		if err != nil {
			b.Fatal(err)
		}
		sets, n := push(""), 0
		var s Scratch
		b.ReportAllocs()
		for b.Loop() {
			n++
			host := fmt.Sprintf("host-%d:9100", n)
			for _, ls := range sets {
				ls[2].Value = host
				rules.Apply(&s, ls)
			}
		}
	})
}

// Where nothing applies, nothing is allocated.
func TestNoAllocations(t *testing.T) {
	rules, err := Compile(idle(20))
	if err != nil {
		t.Fatal(err)
	}
	var s Scratch
	sets := push("host-1")
	all := func() {
		for _, ls := range sets {
			if out, keep, _ := rules.Apply(&s, ls); !keep || &out[0] != &ls[0] {
				t.Fatalf("%q became %q, %t", ls, out, keep)
			}
		}
	}
	if n := testing.AllocsPerRun(100, all); n > 0 {
		t.Errorf("got %v allocations", n)
	}
}
