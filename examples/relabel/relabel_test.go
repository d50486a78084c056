// Package relabel holds the shipped relabel rules to what their comments say.
package relabel

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/relabel"
)

// said is a line of a comment such as "up{a="1"} => up".
var said = regexp.MustCompile(`(?m)^#   (\S+) => (\S+)$`)

// Each example does what its comment says.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("*.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("got %q, %v, want all examples", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		configs, err := relabel.Read(file, text)
		if err != nil {
			t.Error(err)
			continue
		}
		rules, err := relabel.Compile(configs)
		if err != nil {
			t.Error(err)
			continue
		}
		lines := said.FindAllStringSubmatch(string(text), -1)
		if len(lines) < 2 {
			t.Errorf("%s says of %d series what becomes of them, want some", file, len(lines))
		}
		for _, line := range lines {
			out, keep, _ := rules.Apply(new(relabel.Scratch), series(t, line[1]))
			if line[2] == "dropped" {
				if keep {
					t.Errorf("%s: %s: got %v, want it dropped", file, line[1], out)
				}
				continue
			}
			if want := series(t, line[2]); !keep || !slices.Equal(out, want) {
				t.Errorf("%s: %s: got %v, %t, want %v", file, line[1], out, keep, want)
			}
		}
	}
}

func series(t *testing.T, text string) (ls []expo.Label) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseMetric(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	parsed.Range(func(l labels.Label) { ls = append(ls, expo.Label{Name: l.Name, Value: l.Value}) })
	return ls
}
