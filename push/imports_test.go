package push

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	headgate = "github.com/headgate/headgate/"
	// own is where the packages are that a program which pushes has to build.
	own = headgate + "push"
)

// allowed are the modules that those packages may import. Each is built into every
// program that pushes, so one more is a decision and not an accident.
var allowed = []string{
	"github.com/prometheus/client_golang",
	"github.com/prometheus/client_model",
	"github.com/prometheus/common",
	"github.com/klauspost/compress",
	own,
}

// withDependencies are the folders of transports that need a module of their own,
// which only those programs build that import them.
var withDependencies = []string{}

// The library builds little beside itself, on every kind of system.
func TestImportsFewModules(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows", "plan9"} {
		for pkg, imports := range goList(t, system, "{{.ImportPath}} {{join .Imports \" \"}}") {
			if within(pkg, withDependencies) {
				continue
			}
			for _, path := range imports {
				if !standard(path) && !within(path, allowed) {
					t.Errorf("%s imports %q on %s: want the standard library or one of %q", pkg, path, system, allowed)
				}
			}
		}
	}
}

// The library and its tests can do without the gateway, as the programs have to.
func TestImportsNothingInternal(t *testing.T) {
	const format = "{{.ImportPath}} {{join .Imports \" \"}} {{join .TestImports \" \"}} {{join .XTestImports \" \"}}"
	for pkg, imports := range goList(t, "", format) {
		for _, path := range imports {
			if within(path, []string{headgate + "internal"}) {
				t.Errorf("%s imports %q: want nothing of the gateway's", pkg, path)
			}
		}
	}
}

// goList returns the packages below push with what they import, each on a line of format.
func goList(t *testing.T, system, format string) map[string][]string {
	t.Helper()
	watch(t)
	cmd := exec.Command("go", "list", "-f", format, own+"/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if system != "" {
		cmd.Env = append(cmd.Env, "GOOS="+system, "GOARCH=amd64")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	found := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		found[words[0]] = words[1:]
	}
	if len(found[own]) == 0 {
		t.Fatalf("go list knows nothing of %s:\n%s", own, out)
	}
	return found
}

// watch looks at all files of the library, since go test takes up an earlier result if
// the files that a test itself has looked at are the same, whatever go list sees.
func watch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		_, err = os.Stat(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// standard is whether an import path is the standard library's, whose first element
// has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// within is whether path is one of the folders or below one.
func within(path string, folders []string) bool {
	for _, f := range folders {
		if path == f || strings.HasPrefix(path, f+"/") {
			return true
		}
	}
	return false
}
