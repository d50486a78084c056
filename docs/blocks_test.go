package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// runBy are the tests that run, or hold to what they run, all blocks of a document in a language.
var runBy = map[string]string{
	"../README.md sh":                  "TestPageCommands",
	"../README.md console":             "TestPageCommands",
	"../README.zh.md sh":               "TestTranslationFollows", // they are README.md's
	"../README.zh.md console":          "TestTranslationFollows",
	"../examples/relabel/README.md sh": "TestPageCommands",
	"aggregation.md console":           "TestAggregationCommands",
	"command.md console":               "TestCommands",
	"command.md sh":                    "TestCommands",
	"configuration.md console":         "TestConfigurationCheck TestConfigurationFaults",
	"groups.md sh":                     "TestPageCommands",
	"jobs.md crontab":                  "TestJobCommands",
	"jobs.md ini":                      "TestJobCommands",
	"jobs.md sh":                       "TestJobCommands",
	"lint.md sh":                       "TestPageCommands",
	"mistakes.md console":              "TestMistakes",
	"operations.md sh":                 "TestPageCommands",
	"relabelling.md console":           "TestRelabellingCommands",
	"runs.md console":                  "TestRunsCommands",
	"security.md console":              "TestSecurityPage",
}

// apart are the blocks, by their first lines, that can't be run as they stand, each with
// the reason and what stands in for it. TestFlags and TestTools look at all of them.
var apart = map[string]string{
	"../README.md: go run ./cmd/headgate demo":                             "it goes on until somebody ends it: cmd/headgate/testdata/demo.txtar has --for",
	"../README.md: go run ./cmd/headgate        # the gateway":             "it takes port 9091: e2e/process_test.go starts it on a free one",
	"../bench/README.md: go run ./bench  ":                                 "minutes on an idle machine: bench/bench_test.go has -quick",
	"../conformance/README.md: go test ./conformance":                      "a test of its own: conformance/conformance_test.go",
	"../deploy/README.md: go generate ./deploy/grafana":                    "it would write into the tree: deploy/grafana/generate/generate_test.go compares",
	"../deploy/README.md: headgate rules generate":                         "it writes to /etc: cmd/headgate/testdata/rules_generate.txtar has another file",
	"../e2e/README.md: go test ./e2e":                                      "tests of their own: e2e/main_test.go",
	"../examples/README.md: go run ./cmd/headgate &":                       "it takes port 9091: examples/shared/main_test.go has a gateway of its own",
	"bench.md: $ headgate bench":                                           "its figures are a machine's: cmd/headgate/testdata/bench.txtar",
	"bench.md: headgate bench --count 6":                                   "it needs two gateways and benchstat: cmd/headgate/testdata/bench.txtar has -o bench",
	"groups.md: $ curl -X POST 'http://localhost:9091/api/v1/groups/undo'": "ids are drawn: internal/api/undo_test.go has both requests",
	"migration.md: $ headgate serve":                                       "it goes on for a day: cmd/headgate/testdata/shadow.txtar has --for 10ms",
	"shell.md: source <(headgate completion bash)":                         "it writes to the system: cmd/headgate/testdata/completion.txtar has each shell",
}

// block is a fenced block of a document.
type block struct {
	file, language, text string
}

// isShell says whether commands stand in it.
func (b block) isShell() bool {
	return slices.Contains([]string{"sh", "console", "crontab", "ini"}, b.language)
}

// apart returns the key in apart if the block is listed there.
func (b block) apart() (key string) {
	for key := range apart {
		file, begin, _ := strings.Cut(key, ": ")
		if file == b.file && strings.HasPrefix(b.text, begin) {
			return key
		}
	}
	return ""
}

// documents are all there are in the repository, as paths from this folder.
func documents(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "bin" || d.Name() == "dist" || strings.HasPrefix(d.Name(), ".") && path != "..") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			files = append(files, strings.TrimPrefix(filepath.ToSlash(path), "../docs/"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// parted are the blocks of a document, and its prose without them.
func parted(t *testing.T, file string) (blocks []block, prose string) {
	t.Helper()
	text := readFile(t, file)
	fence := regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, block{file: file, language: m[1], text: m[2]})
	}
	return blocks, fence.ReplaceAllString(text, "")
}

// Each block with commands, in any document, is run by a test or listed with the reason
// why not; none hides in a block of another language or of none.
func TestEveryBlockIsRun(t *testing.T) {
	used := map[string]bool{}
	hidden := regexp.MustCompile(`(?m)^(    )?(\$|curl|docker|go|headgate|kubectl|make) .*`)
	for _, file := range documents(t) {
		blocks, prose := parted(t, file)
		if line := hidden.FindString(prose); strings.HasPrefix(line, "    ") {
			t.Errorf("%s: a command outside of a fenced block: %s", file, line)
		}
		for _, b := range blocks {
			key := b.file + " " + b.language
			switch line := hidden.FindString(b.text); {
			case b.language == "":
				t.Errorf("%s: a block without a language:\n%s", file, b.text)
			case !b.isShell():
				if line != "" {
					t.Errorf("%s: a command in a block of %s: %s", file, b.language, line)
				}
			case b.apart() != "":
				used[b.apart()] = true
			case runBy[key] != "":
				used[key] = true
			default:
				t.Errorf("%s: no test runs this, and it isn't listed in apart:\n%s", file, b.text)
			}
		}
	}
	standing(t, used)
}

// standing looks for entries whose block is gone, and for tests that aren't there.
func standing(t *testing.T, used map[string]bool) {
	t.Helper()
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	for _, file := range tests {
		source += readFile(t, file)
	}
	for key, names := range runBy {
		for _, name := range strings.Fields(names) {
			if !used[key] || !strings.Contains(source, "func "+name+"(t *testing.T)") {
				t.Errorf("runBy: no block of %s, or no %s", key, name)
			}
		}
	}
	for key, reason := range apart {
		_, instead, _ := strings.Cut(reason, ": ")
		file, _, _ := strings.Cut(instead, " ")
		if _, err := os.Stat("../" + file); !used[key] || err != nil {
			t.Errorf("apart: no block %q, or nothing in its stead: %v", key, err)
		}
	}
}
