package alert

import (
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// WriteYAML writes the file as Prometheus reads it, with a comment that says where it
// comes from.
func (f File) WriteYAML(w io.Writer) error {
	const head = "# Written by headgate rules generate from what the jobs said of themselves: write it anew\n# rather than change it. Goes with deploy/prometheus/rules.\n"
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(f); err != nil {
		return fmt.Errorf("rules as YAML: %w", err)
	}
	return e.Close()
}
