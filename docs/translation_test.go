package docs

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

var (
	codeBlock = regexp.MustCompile("(?ms)^```.*?^```$")
	heading   = regexp.MustCompile(`(?m)^#+ `)
	// reference is what a link leads to.
	reference = regexp.MustCompile(`\]\(([^)]*)\)`)
)

// The translation has what the original has: the same commands and code, as many
// sections, and links to the same places. Whoever changes one is told of the other.
func TestTranslationFollows(t *testing.T) {
	original, translation := readFile(t, "../README.md"), readFile(t, "../README.zh.md")
	a, b := codeBlock.FindAllString(original, -1), codeBlock.FindAllString(translation, -1)
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("block %d of README.md is\n%s\nand in README.zh.md\n%s", i+1, a[i], b[i])
		}
	}
	if len(a) != len(b) {
		t.Errorf("README.md has %d blocks of code, README.zh.md %d", len(a), len(b))
	}
	if n, m := len(heading.FindAllString(codeBlock.ReplaceAllString(original, ""), -1)), len(heading.FindAllString(codeBlock.ReplaceAllString(translation, ""), -1)); n != m {
		t.Errorf("README.md has %d headings, README.zh.md %d", n, m)
	}
	if a, b := references(original), references(translation); !slices.Equal(a, b) {
		t.Errorf("README.md leads to\n%q\nREADME.zh.md to\n%q", a, b)
	}
}

// references are the places that a document leads to, sorted, each once, but for the
// other language.
func references(document string) []string {
	var all []string
	for _, m := range reference.FindAllStringSubmatch(document, -1) {
		if m[1] != "README.md" && m[1] != "README.zh.md" {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
