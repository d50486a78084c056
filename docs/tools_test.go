package docs

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the documents say of go and make is there: packages, their flags, targets.
func TestTools(t *testing.T) {
	makefile := readFile(t, "../Makefile")
	tool := regexp.MustCompile("(?m)(?:`|^|^\\$ |&& )(go (?:build|generate|run|test)|make) ([^`\n#&>]*)")
	found := 0
	for _, file := range documents(t) {
		for _, m := range tool.FindAllStringSubmatch(readFile(t, file), -1) {
			found++
			args := strings.Fields(m[2])
			if m[1] != "make" {
				packageHas(t, file, args)
			} else if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(args[0]) + `:`).MatchString(makefile) {
				t.Errorf("%s: there is no make %s", file, args[0])
			}
		}
	}
	if found < 20 {
		t.Errorf("%d commands were found", found)
	}
}

// packageHas looks for a package of ours and for the flags that are given to it.
func packageHas(t *testing.T, file string, args []string) {
	t.Helper()
	ofGo := []string{"count", "o", "race", "run", "skip", "update", "v"}
	source := ""
	for _, arg := range args {
		name, isFlag := strings.CutPrefix(arg, "-")
		switch {
		case strings.HasPrefix(arg, "./"):
			source = flagsOf(t, strings.TrimSuffix(arg, "/..."))
			if source == "" {
				t.Errorf("%s: there is no package %s", file, arg)
			}
		case isFlag && !slices.Contains(ofGo, name) && !strings.Contains(source, `"`+name+`"`):
			t.Errorf("%s: no flag %s in %q", file, arg, args)
		}
	}
}

// flagsOf is the source of a package, in which its flags are strings.
func flagsOf(t *testing.T, folder string) (source string) {
	t.Helper()
	for _, pattern := range []string{"*.go", "*/*.go"} { // a pattern's packages, too
		files, err := filepath.Glob(filepath.Join("..", folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			source += readFile(t, name)
		}
	}
	return source
}
