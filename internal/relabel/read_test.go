package relabel

import (
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"
)

// A file is a list or has one, and its rules get the library's defaults.
func TestRead(t *testing.T) {
	for _, text := range []string{
		"- source_labels: [service]\n  target_label: job\n",
		"relabel_configs:\n  - {source_labels: [service], target_label: job}\n",
		"relabel_configs:\n  - &a {source_labels: [service], target_label: job}\n",
	} {
		configs, err := Read("r.yml", []byte(text))
		if err != nil || len(configs) != 1 {
			t.Errorf("%q: got %v, %v", text, configs, err)
			continue
		}
		c := configs[0]
		if c.SourceLabels[0] != "service" || c.TargetLabel != "job" || c.Separator != ";" || c.Action != relabel.Replace || c.Regex.String() != "(.*)" {
			t.Errorf("%q: got %+v", text, c)
		}
	}
	if configs, err := Read("r.yml", []byte("[]")); err != nil || len(configs) != 0 {
		t.Errorf("an empty list: got %v, %v", configs, err)
	}
}

// Each fault is told with its line, and all at once.
func TestReadFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                `r.yml:1: want a list of rules, or one below "relabel_configs"`,
		"relabel_configs: 1":              `r.yml:1: want a list of rules, or one below "relabel_configs"`,
		"relabel: []":                     `r.yml:1: want a list of rules, or one below "relabel_configs"`,
		"- 1":                             `r.yml:1: rule 1: want a mapping with keys such as "source_labels"`,
		"\n- separator: x\n  source: [a]": "r.yml:3: rule 1: unknown key \"source\": want source_labels, separator, regex, modulus, target_label, replacement, action\nr.yml:2: rule 1: relabel configuration for replace action requires 'target_label' value",
		"- {action: replce}":              `r.yml:1: rule 1: unknown relabel action "replce"`,
		"- {regex: '('}":                  "r.yml:1: rule 1: error parsing regexp: missing closing ): `^(?s:()$`",
		"- {modulus: x}":                  "r.yml:1: rule 1: line 1: cannot unmarshal !!str `x` into uint64",
		"- {action: drop}\n- 2\n":         `r.yml:2: rule 2: want a mapping with keys such as "source_labels"`,
		"- {action: drop}\n---\n- ":       `r.yml:2: a second document begins here: want one`,
		"- [":                             "r.yml: not YAML: yaml: line 1: did not find expected node content",
	} {
		configs, err := Read("r.yml", []byte(text))
		if err == nil || err.Error() != want || configs != nil {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

// Whatever the file: no panic; what is read compiles, and is what YAML's decoder reads.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"- {source_labels: [a], target_label: b, regex: '(.*)x', replacement: $1}\n", "relabel_configs:\n- action: labeldrop\n  regex: a.*\n",
		"- &a {action: drop}\n- *a\n", "[]", "- {action: hashmod, modulus: 2, target_label: x}", "- {<<: {action: drop}}", "- {regex: null}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		configs, err := Read("r.yml", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "r.yml:") || configs != nil {
				t.Errorf("got %v, %v", configs, err)
			}
			return
		}
		if _, err := Compile(configs); err != nil {
			t.Errorf("%s is read and doesn't compile: %v", describe(configs), err)
		}
		var list []*relabel.Config
		var file struct {
			Rules []*relabel.Config `yaml:"relabel_configs"`
		}
		if yaml.Unmarshal(text, &list) != nil {
			if err := yaml.Unmarshal(text, &file); err != nil {
				t.Fatal(err)
			}
			list = file.Rules
		}
		for _, c := range list {
			if err := c.Validate(model.UTF8Validation); err != nil {
				t.Error(err)
			}
		}
		if got, want := describe(configs), describe(list); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
