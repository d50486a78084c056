// Package docs holds what is written for those who use Headgate to what is true.
package docs

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// written are the files whose Go has to compile.
var written = []string{"client.md", "aggregation.md", "../README.md"}

// around is what stands around a snippet: the packages that it may name, and what a reader
// has to think of. Imports and variables that a snippet doesn't use are no errors here.
const around = `package snippet

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/push"
	"github.com/headgate/headgate/push/labels"
	"github.com/headgate/headgate/push/pushtest"
)

var (
	ctx      context.Context
	host     string
	log      *slog.Logger
	p        *push.Pusher
	policy   *labels.Policy
	registry *prometheus.Registry
	t        *testing.T

	work      func(context.Context) error
	runBackup func(url string)
)

type Topic interface {
	Publish(ctx context.Context, producer string, sequence uint64, body []byte) error
}

`

// snippet is a block of Go in a text.
type snippet struct {
	file string
	line int // of the text, where the block begins
	code string
}

func snippets(t *testing.T, file string) (found []snippet) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var open *snippet
	line := 0
	for text := range strings.Lines(string(text)) {
		line++
		switch fence := strings.TrimSpace(text); {
		case open == nil && fence == "```go":
			open = &snippet{file: file, line: line + 1}
		case open != nil && fence == "```":
			found, open = append(found, *open), nil
		case open != nil:
			open.code += text
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block doesn't end", file, open.line)
	}
	return found
}

// source is the snippet as a file, whose lines are counted as the text's are.
func (s snippet) source() string {
	position := fmt.Sprintf("//line %s:%d\n", s.file, s.line)
	if regexp.MustCompile(`(?m)^(func|type) `).MatchString(s.code) {
		return around + position + s.code
	}
	return around + "func _() error {\n" + position + s.code + "\nreturn nil\n}\n"
}

// What a reader copies from the texts compiles.
func TestSnippetsCompile(t *testing.T) {
	exports := exported(t)
	for _, file := range written {
		found := snippets(t, file)
		if len(found) == 0 {
			t.Errorf("%s has no Go in it", file)
		}
		for _, s := range found {
			compile(t, s, exports)
		}
	}
}

func compile(t *testing.T, s snippet, exports types.Importer) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, "around", s.source(), 0)
	if err != nil {
		t.Error(err)
		return
	}
	check := types.Config{Importer: exports, Error: func(err error) {
		if found, ok := errors.AsType[types.Error](err); !ok || !found.Soft {
			t.Error(err)
		}
	}}
	_, _ = check.Check("snippet", files, []*ast.File{parsed}, nil) // Error has had its errors
}

// exported imports packages as the compiler has built them.
func exported(t *testing.T) types.Importer {
	t.Helper()
	watch(t, "../push")
	const format = "{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}"
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", format, "../push/...", "errors", "log/slog", "testing", "time").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	built := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		built[path] = file
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if built[path] == "" {
			return nil, fmt.Errorf("package %q isn't one that snippets may use", path)
		}
		return os.Open(built[path])
	})
}

// watch looks at all files of a folder, since go test takes up an earlier result if the
// files that a test itself has looked at are the same, whatever its processes see.
func watch(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
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
