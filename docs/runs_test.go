package docs

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/store"
)

func runsPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("runs.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The commands on the page, one after the other against one gateway, print what the page says.
func TestRunsCommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skipf("the commands of the page need curl: %v", err)
	}
	url := serving(t, "")
	found := session.FindAllStringSubmatch(runsPage(t), -1)
	if len(found) != 2 {
		t.Fatalf("%d sessions, want 2", len(found))
	}
	for _, s := range found {
		commands, output := untilOutput(s[1])
		commands = strings.ReplaceAll(commands, "\n$ ", "\n")
		c := exec.Command("sh", "-c", strings.ReplaceAll(commands, "http://localhost:9091", url))
		if out, err := c.CombinedOutput(); err != nil || string(out) != output {
			t.Errorf("%s: %v, printed\n%s\nwant\n%s", commands, err, out, output)
		}
	}
}

// The page has each metric of runs with its type, and PromQL takes what its rules ask.
func TestRunsMetricsAndQueries(t *testing.T) {
	page := runsPage(t)
	for _, f := range store.RunFamilies {
		if !strings.Contains(page, "| `"+f.Name+"` | "+f.Type.String()+" |") {
			t.Errorf("no row for %s, a %s", f.Name, f.Type)
		}
	}
	for _, expr := range regexp.MustCompile("(?m)^ +expr: (.*)$").FindAllStringSubmatch(page, -1) {
		if _, err := parser.NewParser(parser.Options{}).ParseExpr(expr[1]); err != nil {
			t.Error(err)
		}
	}
}
