package labels

import (
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

// Label is one label of a series or of a grouping key.
type Label struct {
	Name, Value string
}

// wellNamed is whether a label of this name may go out at all: Prometheus keeps
// names that begin with __ for itself.
func wellNamed(name string) bool {
	return name != "" && !strings.HasPrefix(name, "__") && utf8.ValidString(name)
}

// checkLabel checks a name that a rule looks for.
func checkLabel(name string) error {
	switch {
	case name == "le" || name == "quantile":
		return badName(name, "it belongs to the format of histograms and summaries")
	case strings.HasPrefix(name, "__"):
		return badName(name, "names that begin with __ are reserved")
	case !wellNamed(name):
		return badName(name, "want UTF-8 that is not empty")
	}
	return nil
}

// checkNewLabel checks a name that a rule gives. It must suit every gateway.
func checkNewLabel(name string) error {
	if err := checkLabel(name); err != nil {
		return err
	}
	if !model.LegacyValidation.IsValidLabelName(name) {
		return badName(name, "want [a-zA-Z_][a-zA-Z0-9_]*")
	}
	return nil
}

// runes is how many characters the label takes up in an exemplar.
func (l Label) runes() int {
	return utf8.RuneCountInString(l.Name) + utf8.RuneCountInString(l.Value)
}
