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

// keys are all keys there are, those of list items included.
func keys() (all []config.Key) {
	for _, k := range new(config.Settings).Keys() {
		all = append(append(all, k), k.Items...)
		for _, item := range k.Items {
			all = append(all, item.Items...)
		}
	}
	return all
}

// Each key of the configuration file has a row with its default, its unit, what it bounds
// and why to change it.
func TestConfigurationHasEveryKey(t *testing.T) {
	text := configuration(t)
	for _, k := range keys() {
		if k.Default == "" {
			k.Default = "unset"
		}
		begin := fmt.Sprintf("| `%s` | %s | %s |", k.Path, k.Default, k.Unit)
		if !regexp.MustCompile("(?m)^" + regexp.QuoteMeta(begin) + ` [^|]+ \| [^|]{20,} \|$`).MatchString(text) {
			t.Errorf("no whole row that begins with %s", begin)
		}
	}
}

// Each key that the page or the README names is one that there is, and the page has it once.
func TestConfigurationHasNoOtherKey(t *testing.T) {
	rows := map[string]int{}
	sections := map[string]bool{}
	for _, k := range keys() {
		rows[k.Path] = 0
		section, _, _ := strings.Cut(k.Path, ".")
		sections[section] = true
	}
	text := configuration(t)
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(?:[^|\n]+\\|){4}$").FindAllStringSubmatch(text, -1) {
		n, there := rows[row[1]]
		if !there || n > 0 {
			t.Errorf("the tables have %s, which is no key or there already", row[1])
		}
		rows[row[1]] = n + 1
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile("`(\\w+)\\.[\\w.]+`").FindAllStringSubmatch(text+string(readme), -1) {
		if _, there := rows[strings.Trim(name[0], "`")]; sections[name[1]] && !there {
			t.Errorf("%s is no key", name[0])
		}
	}
}

// The examples can be copied.
func TestConfigurationExamples(t *testing.T) {
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(configuration(t), -1)
	if len(examples) < 2 {
		t.Fatalf("%d examples, want several", len(examples))
	}
	for i, e := range examples {
		if _, err := config.Parse(fmt.Sprintf("example %d", i+1), []byte(e[1])); err != nil {
			t.Error(err)
		}
	}
}

// What the page says that config check makes of its first example is what the
// command's script says, which runs it.
func TestConfigurationCheck(t *testing.T) {
	script, err := os.ReadFile("../cmd/headgate/testdata/config_page.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text := configuration(t)
	_, files, _ := strings.Cut(string(script), "-- headgate.yml --\n")
	example, summary, _ := strings.Cut(files, "-- summary --\n")
	if !strings.Contains(text, "```yaml\n"+example+"```") || !strings.Contains(text, "$ headgate config check headgate.yml\n"+summary+"```") {
		t.Errorf("the page doesn't have the script's example\n%s and its summary\n%s", example, summary)
	}
}

// The messages that the page shows are those of the program.
func TestConfigurationFaults(t *testing.T) {
	_, err := config.Parse("headgate.yml", []byte("limits:\n  bodybytes: 1\n  push_samples: -1\nlifetimes:\n- match: '{job=~\"(\"}'\n  ttl: 30\n"))
	if err == nil {
		t.Fatal("no fault")
	}
	for line := range strings.Lines(err.Error()) {
		if strings.HasPrefix(line, "headgate.yml:") && !strings.Contains(configuration(t), strings.TrimSpace(line)+"\n") {
			t.Errorf("the page doesn't show %s", line)
		}
	}
}
