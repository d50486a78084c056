package e2e

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// environment is the cache folder for what these files ask for: another one
// when they change.
func environment(t *testing.T, name string, files ...string) string {
	t.Helper()
	sum := sha256.New()
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(b)
	}
	return cacheDir(t, fmt.Sprintf("%s-%x", name, sum.Sum(nil)[:6]))
}

// The packages of a client are installed once, into the cache folder. A file
// that is written last says that they are whole.
func install(t *testing.T, dir string, steps func()) {
	t.Helper()
	whole := filepath.Join(dir, "installed")
	if _, err := os.Stat(whole); err == nil {
		return
	}
	steps()
	if err := os.WriteFile(whole, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

func prepareGo(t *testing.T) []string {
	program := filepath.Join(t.TempDir(), "client")
	runTool(t, "", "go", "build", "-buildvcs=false", "-o", program, "./clients/go")
	return []string{program}
}

func preparePython(t *testing.T) []string {
	const requirements = "clients/python/requirements.txt"
	if err := exec.Command("python3", "-c", "import ensurepip, venv").Run(); err != nil {
		t.Skip("client python is skipped: this machine's python3 has no venv")
	}
	dir := environment(t, "python", requirements)
	python := filepath.Join(dir, "bin", "python3")
	install(t, dir, func() {
		runTool(t, "", "python3", "-m", "venv", dir)
		runTool(t, "", python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements)
	})
	return []string{python, "clients/python/client.py"}
}

func prepareNode(t *testing.T) []string {
	files := []string{"clients/node/package.json", "clients/node/package-lock.json", "clients/node/client.mjs"}
	dir := environment(t, "node", files...)
	install(t, dir, func() {
		copyTo(t, dir, files...)
		runTool(t, dir, "npm", "ci", "--no-audit", "--no-fund")
	})
	return []string{"node", filepath.Join(dir, "client.mjs")}
}

func prepareJava(format string) func(t *testing.T) []string {
	return func(t *testing.T) []string {
		const source = "src/main/java/Client.java"
		files := []string{"clients/java/pom.xml", "clients/java/" + source}
		dir := environment(t, "java", files...)
		install(t, dir, func() {
			copyTo(t, dir, files[0])
			copyTo(t, filepath.Join(dir, filepath.Dir(source)), files[1])
			runTool(t, dir, "mvn", "--quiet", "--batch-mode", "package")
		})
		jars := filepath.Join(dir, "target", "client.jar") + string(os.PathListSeparator) + filepath.Join(dir, "target", "dependency", "*")
		return []string{"java", "-cp", jars, "Client", format}
	}
}

func copyTo(t *testing.T, dir string, files ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
