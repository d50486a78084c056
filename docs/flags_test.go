package docs

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// aside are the commands of headgate in a text or in a block of it.
var aside = regexp.MustCompile("(?m)(?:`|^|^\\$ )headgate ([a-z][^`\n]*)")

// argument is a word that is neither a flag nor the shell's.
var argument = regexp.MustCompile(`^[\w/.]`)

// Whoever reads in the night what to do, or anything else in a document, finds that the
// commands exist, with these flags.
func TestFlags(t *testing.T) {
	s := newShell(t)
	found := 0
	for _, name := range documents(t) {
		for _, m := range aside.FindAllStringSubmatch(readFile(t, name), -1) {
			found++
			if missing := unknownFlags(filepath.Join(s.bin, "headgate"), strings.Fields(m[1])); missing != "" {
				t.Errorf("%s: headgate %s: %s", name, m[1], missing)
			}
		}
	}
	if found < 100 {
		t.Errorf("%d commands were found", found)
	}
}

// unknownFlags says what a command line has that the command's help, or that of its
// default subcommand, doesn't know.
func unknownFlags(bin string, words []string) string {
	subcommands := 0
	for subcommands < len(words) && regexp.MustCompile(`^[a-z]+$`).MatchString(words[subcommands]) {
		subcommands++
	}
	out, err := exec.Command(bin, append(words[:subcommands:subcommands], "--help")...).CombinedOutput()
	if byDefault := regexp.MustCompile(`(?m)^  \w+ (\w+) .* The default\.$`).FindSubmatch(out); byDefault != nil {
		out, err = exec.Command(bin, append(words[:subcommands:subcommands], string(byDefault[1]), "--help")...).CombinedOutput()
	}
	if err != nil {
		return strings.TrimSpace(string(out))
	}
	usage, _, _ := strings.Cut(string(out), "\n")
	if rest := words[subcommands:]; len(rest) > 0 && argument.MatchString(rest[0]) && !strings.Contains(usage, "<") {
		return "it takes no argument " + rest[0]
	}
	help := strings.ReplaceAll(string(out), "--[no-]", "--")
	for _, word := range words[subcommands:] {
		if word == "--" {
			break // what headgate run runs
		}
		flag, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(flag, "--") && !regexp.MustCompile(regexp.QuoteMeta(flag)+`\b`).MatchString(help) {
			return "no flag " + flag
		}
	}
	return ""
}
