package docs

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/config"
)

func configuration(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each key of the configuration file has a row with its default, its unit, what it bounds
// and why to change it.
func TestConfigurationHasEveryKey(t *testing.T) {
	text := configuration(t)
	for _, k := range new(config.Settings).Keys() {
		row := fmt.Sprintf("(?m)^\\| `%s` \\| %d \\| %s \\| [^|]+ \\| [^|]{20,} \\|$", regexp.QuoteMeta(k.Path), k.Default, k.Unit)
		if !regexp.MustCompile(row).MatchString(text) {
			t.Errorf("no row that begins with | `%s` | %d | %s |", k.Path, k.Default, k.Unit)
		}
	}
}

// Each key that the page or the README names is one that there is.
func TestConfigurationHasNoOtherKey(t *testing.T) {
	there := map[string]bool{}
	sections := map[string]bool{}
	for _, k := range new(config.Settings).Keys() {
		there[k.Path] = true
		section, _, _ := strings.Cut(k.Path, ".")
		sections[section] = true
	}
	text := configuration(t)
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\d+ \\|").FindAllStringSubmatch(text, -1) {
		if !there[row[1]] {
			t.Errorf("the table has %s, which is no key", row[1])
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile("`(\\w+)\\.[\\w.]+`").FindAllStringSubmatch(text+string(readme), -1) {
		if sections[name[1]] && !there[strings.Trim(name[0], "`")] {
			t.Errorf("%s is no key", name[0])
		}
	}
}

// The example can be copied: it is valid, and sets every key to its default.
func TestConfigurationExample(t *testing.T) {
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(configuration(t), -1)
	if len(examples) != 1 {
		t.Fatalf("%d examples, want one", len(examples))
	}
	settings, err := config.Parse("configuration.md", []byte(examples[0][1]))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range settings.Keys() {
		if k.Value != k.Default {
			t.Errorf("%s is %d, the default is %d", k.Path, k.Value, k.Default)
		}
	}
}

// The messages that the page shows are those of the program.
func TestConfigurationFaults(t *testing.T) {
	_, err := config.Parse("headgate.yml", []byte("limits:\n  bodybytes: 1\n  push_samples: -1\n"))
	if err == nil {
		t.Fatal("no fault")
	}
	for line := range strings.Lines(err.Error()) {
		if strings.HasPrefix(line, "headgate.yml:") && !strings.Contains(configuration(t), strings.TrimSpace(line)+"\n") {
			t.Errorf("the page doesn't show %s", line)
		}
	}
}
