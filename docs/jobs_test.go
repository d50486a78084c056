package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// fenced are the blocks of a page, with their language.
var fenced = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// Each command of the page runs, and tells the gateway so: in a shell, a crontab, a
// systemd unit, a CronJob.
func TestJobCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are written for a POSIX shell")
	}
	bin := t.TempDir()
	watch(t, "../cmd/headgate")
	watch(t, "../internal")
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "headgate"), "../cmd/headgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, name := range []string{"backup.sh", "import.sh", "make"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + t.TempDir(), "STATE_DIRECTORY=" + t.TempDir(), "HEADGATE_URL=" + serving(t, "")}
	here := strings.NewReplacer("/usr/local/bin/", bin+"/", "/tools/", bin+"/")
	n := 0
	for _, args := range jobCommands(t) {
		for i := range args {
			args[i] = here.Replace(args[i])
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "headgate: ") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
		n++
	}
	if n < 13 {
		t.Errorf("%d commands found on the page, want 13 at least", n)
	}
}

// jobCommands are the commands of the page.
func jobCommands(t *testing.T) (all [][]string) {
	t.Helper()
	page, err := os.ReadFile("jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	cron := regexp.MustCompile(`^(?:\S+ ){5}(headgate .*)$`)
	for _, block := range fenced.FindAllStringSubmatch(string(page), -1) {
		if block[1] == "yaml" {
			all = append(all, containerCommands(t, block[2])...)
			continue
		}
		for line := range strings.Lines(block[2]) {
			line = strings.TrimSpace(line)
			switch start, isUnit := strings.CutPrefix(line, "ExecStart="); {
			case block[1] == "sh":
			case block[1] == "ini" && isUnit:
				line = start
			case block[1] == "crontab" && cron.MatchString(line):
				line = cron.FindStringSubmatch(line)[1]
			default:
				continue
			}
			all = append(all, []string{"sh", "-c", line})
		}
	}
	return all
}

// containerCommands are those of a CronJob's containers.
func containerCommands(t *testing.T, text string) (all [][]string) {
	t.Helper()
	var manifest struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct{ Containers []struct{ Command []string } }
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	if !strings.Contains(text, "kind: CronJob") {
		return nil
	}
	if err := yaml.Unmarshal([]byte(text), &manifest); err != nil {
		t.Fatal(err)
	}
	for _, c := range manifest.Spec.JobTemplate.Spec.Template.Spec.Containers {
		all = append(all, c.Command)
	}
	return all
}

// The page's alerts are PromQL.
func TestJobAlerts(t *testing.T) {
	page, err := os.ReadFile("jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	exprs := regexp.MustCompile(`(?m)^  expr: (.*)$`).FindAllStringSubmatch(string(page), -1)
	if len(exprs) == 0 {
		t.Error("no alert on the page")
	}
	p := parser.NewParser(parser.Options{})
	for _, m := range exprs {
		if _, err := p.ParseExpr(m[1]); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
}
