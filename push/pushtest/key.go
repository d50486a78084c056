package pushtest

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

const base64Suffix = "@base64"

// keyText is the one spelling of labels that maps have as their key.
func keyText(labels map[string]string) string {
	set := make(model.LabelSet, len(labels))
	for name, value := range labels {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return set.String()
}

// parseKey reads a grouping key from an escaped path after "/metrics/":
// job[@base64]/<job>{/<name>[@base64]/<value>}.
func parseKey(path string) (map[string]string, error) {
	parts := strings.Split(strings.ReplaceAll(path, "%40", "@"), "/")
	if len(parts) == 3 && parts[2] == "" {
		parts = parts[:2]
	}
	if len(parts)%2 != 0 {
		return nil, fmt.Errorf("odd number of components in label string %q: want pairs /<NAME>/<VALUE>", path)
	}
	key := map[string]string{}
	// Of a name given twice the last counts, but for job, where it is the first.
	for i := len(parts) - 2; i >= 0; i -= 2 {
		name, value, err := parsePair(parts[i], parts[i+1])
		if err != nil {
			return nil, err
		}
		if _, given := key[name]; !given || i == 0 {
			key[name] = value
		}
	}
	if key["job"] == "" {
		return nil, fmt.Errorf("job name is required, %q has an empty one: want /metrics/job/<JOB>", path)
	}
	return key, nil
}

func parsePair(name, value string) (string, string, error) {
	name, err := url.PathUnescape(name)
	if err != nil {
		return "", "", fmt.Errorf("label name %q: %w", name, err)
	}
	if value, err = url.PathUnescape(value); err != nil {
		return "", "", fmt.Errorf("value of label %q: %w", name, err)
	}
	name, encoded := strings.CutSuffix(name, base64Suffix)
	if !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, model.ReservedLabelPrefix) {
		return "", "", fmt.Errorf("improper label name %q: want [a-zA-Z_][a-zA-Z0-9_]*, not beginning with __", name)
	}
	if encoded {
		plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(value, "="))
		if err != nil {
			return "", "", fmt.Errorf("invalid base64 encoding for label %s=%q: want the URL-safe alphabet: %w", name, value, err)
		}
		value = string(plain)
	}
	if !utf8.ValidString(value) {
		return "", "", fmt.Errorf("value %q of label %q: want UTF-8", value, name)
	}
	return name, value, nil
}
