package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pageFiles are what a reader of the pages has: a job, a configuration of curl that shows no
// progress, and something to lint.
var pageFiles = map[string]string{
	".curlrc":           "silent\nshow-error\n",
	"backup.prom":       "# HELP backup_size_bytes Size of the last backup.\n# TYPE backup_size_bytes gauge\nbackup_size_bytes 1\n",
	"backup.sh":         "#!/bin/sh\n",
	"dashboards/a.json": `{"title": "a", "panels": []}`,
	"rules/a.yml":       "groups: []\n",
}

// What the pages ask a reader to type works, each page with a gateway of its own, and
// prints each line that a page shows.
func TestPageCommands(t *testing.T) {
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: the commands of the pages need %s", tool)
		}
	}
	s := newShell(t)
	for name, text := range pageFiles {
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	examples, err := filepath.Abs("../examples")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(examples, filepath.Join(s.dir, "examples")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"../README.md", "../examples/relabel/README.md", "groups.md", "lint.md", "operations.md"} {
		s.serve([]string{"serve"})
		blocks, _ := parted(t, file)
		for _, b := range blocks {
			if b.isShell() && b.apart() == "" {
				s.page(b)
			}
		}
	}
}

// page runs a block: all of it, or what stands behind a prompt, whose output follows.
func (s *shell) page(b block) {
	s.t.Helper()
	command, printed := "set -e\n"+b.text, ""
	if b.language == "console" {
		command, printed = typed(strings.TrimPrefix(b.text, "$ "))
	}
	gateway := "http://localhost:" + s.port
	command = strings.NewReplacer("http://localhost:8080", gateway, "=GW", "="+gateway).Replace(command)
	out, err := s.run(command, "CURL_HOME="+s.dir, "HOME="+s.dir, "HEADGATE_URL="+gateway)
	if err != nil || strings.Contains(out, "headgate: ") {
		s.t.Errorf("%s: %s\n%v\n%s", b.file, command, err, out)
	}
	for line := range strings.Lines(printed) {
		if !strings.Contains(strings.ReplaceAll(out, "\r\n", "\n")+"\n", line) {
			s.t.Errorf("%s: %s\ndoesn't print\n%s\nbut\n%s", b.file, command, line, out)
		}
	}
}

// typed parts a command from what it prints: an open quote goes on in the next line.
func typed(session string) (command, printed string) {
	for line := range strings.Lines(session) {
		if command == "" || strings.Count(command, "'")%2 == 1 {
			command += line
		} else {
			printed += line
		}
	}
	return command, printed
}
