package labels

import (
	"fmt"
	"strings"
)

// What stands for values that a policy doesn't let through.
const (
	// OtherValue is what Allow puts in place of a value that isn't on its list.
	OtherValue = "other"
	// UnknownValue is what Region puts in place of an address in none of its regions.
	UnknownValue = "unknown"
	// OverflowValue is the value of each label of the series that takes what is
	// beyond a Cap.
	OverflowValue = "overflow"
)

// Rule is one statement of a Policy. The functions of this package make them;
// what is wrong with one is an error of New.
type Rule interface {
	// String returns the rule as code spells it, as errors quote it.
	String() string
	add(*draft) error
}

// plainRule is a rule without settings of its own.
type plainRule struct {
	text  string
	draft func(*draft) error
}

func (r plainRule) String() string     { return r.text }
func (r plainRule) add(d *draft) error { return r.draft(d) }

// spell writes a rule as code spells it.
func spell(name string, args ...string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = fmt.Sprintf("%q", a)
	}
	return name + "(" + strings.Join(quoted, ", ") + ")"
}

func badName(name, want string) error {
	return fmt.Errorf("label name %q: %s", name, want)
}
