package push

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program that uses client_golang's package works with ours: client_golang's own
// tests and examples of it run against ours, unchanged but for the import path.
func TestOfClientGolang(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it compiles the package anew")
	}
	theirs := strings.TrimSpace(run(t, "go", "list", "-f", "{{.Dir}}", "github.com/prometheus/client_golang/prometheus/push"))
	ours, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	tests, err := filepath.Glob(filepath.Join(theirs, "*_test.go"))
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests in %q: %v", theirs, err)
	}
	own, _ := filepath.Glob("*_test.go")
	for _, f := range own {
		replace[filepath.Join(ours, f)] = "" // left out
	}
	dir := t.TempDir()
	for i, f := range tests {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		src = []byte(strings.ReplaceAll(string(src), "github.com/prometheus/client_golang/prometheus/push", "github.com/headgate/headgate/push"))
		copied := filepath.Join(dir, filepath.Base(f))
		if err := os.WriteFile(copied, src, 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(ours, "theirs"+string(rune('a'+i))+"_test.go")] = copied
	}
	overlay := filepath.Join(dir, "overlay.json")
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, "go", "test", "-overlay", overlay, "-run", "^TestPush$", "-count=1", "-v", ".")
	if !strings.Contains(out, "--- PASS: TestPush") {
		t.Errorf("client_golang's test did not run:\n%s", out)
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
