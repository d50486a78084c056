package relabel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"
)

// keys are those of a relabel config in Prometheus's documentation.
func keys() []string {
	return []string{"source_labels", "separator", "regex", "modulus", "target_label", "replacement", "action"}
}

// Read reads a file of rules: a list as below relabel_configs in Prometheus's
// configuration, or a mapping with this one key. The name is for messages. All that is wrong is
// told at once, each fault on a line with the file and the line.
func Read(name string, text []byte) ([]*relabel.Config, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: not YAML: %w", name, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("%s:%d: a second document begins here: want one", name, second.Line)
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: not YAML: %w", name, err)
	}
	list := &document
	if len(document.Content) > 0 {
		list = document.Content[0]
	}
	if list.Kind == yaml.MappingNode && len(list.Content) == 2 && list.Content[0].Value == "relabel_configs" {
		list = list.Content[1]
	}
	if list.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf(`%s:%d: want a list of rules, or one below "relabel_configs"`, name, max(list.Line, 1))
	}
	var configs []*relabel.Config
	var errs []error
	for i, n := range list.Content {
		c, faults := readConfig(n)
		for _, f := range faults {
			errs = append(errs, fmt.Errorf("%s:%d: rule %d: %s", name, f.line, i+1, f.text))
		}
		configs = append(configs, c)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return configs, nil
}

// fault is something wrong with one rule.
type fault struct {
	line int
	text string
}

func readConfig(n *yaml.Node) (_ *relabel.Config, faults []fault) {
	line := n.Line
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return nil, []fault{{line, `want a mapping with keys such as "source_labels"`}}
	}
	for i := 0; i < len(n.Content); i += 2 { // which the library's decoder would pass over
		if key := n.Content[i]; !slices.Contains(keys(), key.Value) {
			faults = append(faults, fault{key.Line, fmt.Sprintf("unknown key %q: want %s", key.Value, strings.Join(keys(), ", "))})
		}
	}
	c := new(relabel.Config)
	if err := n.Decode(c); err != nil {
		return nil, append(faults, fault{line, plain(err)})
	}
	if err := c.Validate(model.UTF8Validation); err != nil {
		return nil, append(faults, fault{line, err.Error()})
	}
	return c, faults
}

var decoderPrefix = regexp.MustCompile(`^yaml: (unmarshal errors:\s*)?`)

// plain is a decoder's error on one line.
func plain(err error) string {
	return strings.Join(strings.Fields(decoderPrefix.ReplaceAllString(err.Error(), "")), " ")
}
