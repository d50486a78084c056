package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/push"
)

func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("client.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The guide's table has each option, and none that there isn't.
func TestGuideHasEveryOption(t *testing.T) {
	text := guide(t)
	there := map[string]bool{}
	for _, name := range options(t) {
		there[name] = true
		if !strings.Contains(text, "| `"+name+"(") {
			t.Errorf("push.%s isn't in the table of options", name)
		}
	}
	for _, name := range regexp.MustCompile(`\bWith[A-Z]\w+`).FindAllString(text, -1) {
		if !there[name] {
			t.Errorf("the guide names %s, which package push doesn't have", name)
		}
	}
}

// options are the functions of package push that return an Option.
func options(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../push/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results == nil {
				continue
			}
			if result, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && result.Name == "Option" {
				names = append(names, f.Name.Name)
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("no options found")
	}
	return names
}

// The guide has each metric of a Pusher.
func TestGuideHasEveryMetric(t *testing.T) {
	text := guide(t)
	all := make(chan *prometheus.Desc, 100)
	push.New("http://localhost:9091", "docs").Describe(all)
	close(all)
	for d := range all {
		name := regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())
		if name == nil {
			t.Fatalf("no name in %s", d)
		}
		if !strings.Contains(text, "`"+name[1]+"`") {
			t.Errorf("metric %s isn't in the guide", name[1])
		}
	}
}
