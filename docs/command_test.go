package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// The commands on the page, one after the other against one gateway, print what the page
// says, but for times and ids. Those that stay have flags that there are.
func TestCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are written for a POSIX shell")
	}
	page, err := os.ReadFile("command.md")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	watch(t, "../cmd/headgate")
	watch(t, "../internal")
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "headgate"), "../cmd/headgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	url := serving(t, "")
	run := func(command string) string {
		c := exec.Command("sh", "-c", command)
		c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "HEADGATE_URL="+url)
		out, _ := c.CombinedOutput() // some are to fail, and print why
		return string(out)
	}
	for _, block := range session.FindAllStringSubmatch(string(page), -1) {
		for _, one := range strings.Split("\n"+block[1], "\n$ ") {
			command, want, _ := strings.Cut(strings.TrimPrefix(one, "\n"), "\n")
			if got := run(command); steady(got) != steady(want) {
				t.Errorf("%s: printed\n%s\nwant\n%s", command, got, want)
			}
		}
	}
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		for command := range strings.Lines(block[1]) {
			if out := run(strings.TrimSpace(command) + " --help"); !strings.HasPrefix(out, "Usage: ") {
				t.Errorf("%s: %s", command, out)
			}
		}
	}
}

var (
	someTime = regexp.MustCompile(`\b\d+[smhd]\b`)
	someSize = regexp.MustCompile(`\b\d+ B\b`) // that of a group depends on how long its push time is in digits
	someID   = regexp.MustCompile(`undo [a-z0-9]{10}\b`)
	blanks   = regexp.MustCompile(` +`)
)

// steady is what a command prints each time it is run.
func steady(printed string) string {
	printed = someTime.ReplaceAllString(printed, "1s")
	printed = someSize.ReplaceAllString(printed, "1 B")
	printed = someID.ReplaceAllString(printed, "undo ID")
	return strings.TrimRight(blanks.ReplaceAllString(printed, " "), "\n")
}
