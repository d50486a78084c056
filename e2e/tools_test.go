package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Each is built from a tool module, once per version: it takes up to minutes, so it is
// kept in the user's cache folder.
var (
	prometheusBinary = toolFrom("tools/prometheus", "github.com/prometheus/prometheus", "prometheus")
	promtoolBinary   = toolFrom("tools/prometheus", "github.com/prometheus/prometheus", "promtool")
	amtoolBinary     = toolFrom("tools/alertmanager", "github.com/prometheus/alertmanager", "amtool")
)

// toolFrom returns the path of a command below cmd/ of the module, which dir asks for.
func toolFrom(dir, module, command string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		list := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module)
		list.Dir = dir
		version, err := list.Output()
		if err != nil {
			return "", fmt.Errorf("version of %s: %w", module, err)
		}
		base, err := os.UserCacheDir()
		if err != nil {
			base = os.TempDir()
		}
		name := fmt.Sprintf("%s-%s-%s", command, strings.TrimSpace(string(version)), runtime.Version())
		path := filepath.Join(base, "headgate-e2e", name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		// Built beside its place and renamed, so that a build that was cut short is not taken for one.
		unfinished := path + "." + strconv.Itoa(os.Getpid())
		defer os.Remove(unfinished)
		build := exec.Command("go", "build", "-buildvcs=false", "-tags", "remove_all_sd", "-o", unfinished, module+"/cmd/"+command)
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", command, err, out)
		}
		return path, os.Rename(unfinished, path)
	})
}

// check runs a tool that finds faults in files, and fails the test with what it found.
func check(t *testing.T, tool func() (string, error), args ...string) string {
	t.Helper()
	path, err := tool()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(path), strings.Join(args, " "), err, out)
	}
	return string(out)
}
