package docs

import (
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the commands of mistakes.md print into it")

// mistake is a block of commands, all of which are lines with a $, and what they print.
var mistake = regexp.MustCompile("(?ms)^```console\n((?:\\$ [^\n]*\n)+)(.*?)^```$")

// The gateway answers each mistake as the page says, so that whoever searches for a
// message finds it there.
func TestMistakes(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skipf("skipped: the commands of the page need curl: %v", err)
	}
	page, err := os.ReadFile("mistakes.md")
	if err != nil {
		t.Fatal(err)
	}
	url := serving(t, "")
	n := 0
	made := mistake.ReplaceAllStringFunc(string(page), func(block string) string {
		n++
		parts := mistake.FindStringSubmatch(block)
		commands := strings.ReplaceAll(strings.ReplaceAll(parts[1], "http://localhost:9091", url), "$ ", "")
		out, err := exec.Command("bash", "-c", strings.ReplaceAll(commands, "\n", "; echo\n")).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", commands, err, out)
		}
		return "```console\n" + parts[1] + tidied(string(out)) + "```"
	})
	if n < 14 {
		t.Errorf("%d blocks, want one for each mistake", n)
	}
	if *update {
		if err := os.WriteFile("mistakes.md", []byte(made), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if made != string(page) {
		t.Errorf("the page says something else than the gateway; go test ./docs -run Mistakes -update writes\n%s", made)
	}
}

// tidied leaves out empty lines: some answers end with a line end and some don't.
func tidied(out string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(out, "\r", "")) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(strings.TrimRight(line, "\n") + "\n")
		}
	}
	return b.String()
}
