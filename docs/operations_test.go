package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// aside are the commands of headgate in a text or in a block of it.
var aside = regexp.MustCompile("(?m)(?:`|^)headgate ([a-z][^`\n]*)")

// Whoever reads in the night what to do finds that the commands exist, with these flags.
func TestOperationsCommands(t *testing.T) {
	watch(t, "../cmd/headgate")
	bin := filepath.Join(t.TempDir(), "headgate")
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/headgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, name := range []string{"operations.md", "../deploy/README.md"} {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := aside.FindAllStringSubmatch(string(page), -1)
		if len(found) == 0 {
			t.Errorf("%s: no command of headgate is in it", name)
		}
		for _, m := range found {
			if missing := unknownFlags(bin, strings.Fields(m[1])); missing != "" {
				t.Errorf("%s: headgate %s: %s", name, m[1], missing)
			}
		}
	}
}

// unknownFlags says what a command line has that the command's help doesn't know.
func unknownFlags(bin string, words []string) string {
	subcommands := 0
	for subcommands < len(words) && regexp.MustCompile(`^[a-z]+$`).MatchString(words[subcommands]) {
		subcommands++
	}
	out, err := exec.Command(bin, append(words[:subcommands:subcommands], "--help")...).CombinedOutput()
	if err != nil {
		return strings.TrimSpace(string(out))
	}
	for _, word := range words[subcommands:] {
		flag, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(flag, "--") && !strings.Contains(string(out), flag) {
			return "no flag " + flag
		}
	}
	return ""
}
