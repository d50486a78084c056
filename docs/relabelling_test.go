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

var (
	// named is a block with a file's name in its first line.
	named = regexp.MustCompile("(?ms)^```yaml\n# (\\S+\\.yml)\n(.*?)^```$")
	// single is a block with a command and what it prints.
	single = regexp.MustCompile("(?ms)^```console\n\\$ ([^\n]+)\n(.*?)^```$")
)

// Each command on the page prints what the page says, with the files that are on it.
func TestRelabellingCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are written for a POSIX shell")
	}
	page, err := os.ReadFile("relabelling.md")
	if err != nil {
		t.Fatal(err)
	}
	folder, bin := t.TempDir(), t.TempDir()
	watch(t, "../cmd/headgate")
	watch(t, "../internal")
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "headgate"), "../cmd/headgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, file := range named.FindAllStringSubmatch(string(page), -1) {
		if err := os.WriteFile(filepath.Join(folder, file[1]), []byte(file[2]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	commands := single.FindAllStringSubmatch(string(page), -1)
	if n := strings.Count(string(page), "\n```console\n"); n == 0 || n != len(commands) {
		t.Fatalf("%d of %d blocks are a command with its output", len(commands), n)
	}
	for _, command := range commands {
		c := exec.Command("sh", "-c", command[1])
		c.Dir = folder
		c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		if out, err := c.CombinedOutput(); err != nil || string(out) != command[2] {
			t.Errorf("%s: %v, printed\n%s\nwant\n%s", command[1], err, out, command[2])
		}
	}
}
