// Package vocabulary unifies the names and values of labels across teams: what
// somebody calls "service" or "prod" is shown as "job" or "production".
package vocabulary

// Action is what happens to a series that is against the vocabulary.
type Action uint8

// The actions.
const (
	// Rewrite shows the canonical name or value instead. What can't be rewritten,
	// a label that is missing or a value that isn't allowed, is warned of.
	Rewrite Action = iota
	// Warn changes nothing and says so in the answer.
	Warn
	// Refuse refuses the push.
	Refuse
)

// Term is one label of the vocabulary.
type Term struct {
	// Label is the canonical name.
	Label string
	// Aliases are other names for it.
	Aliases []string
	// Values maps each canonical value to other spellings of it.
	Values map[string][]string
	// Required says that each series has the label, with a value that isn't empty.
	Required bool
	// Allowed are the values that the label may have, the canonical ones of Values
	// among them; empty means any.
	Allowed []string
	// Action is what happens to aliases of the name and of values.
	Action Action
	// Missing is what happens where a required label isn't there, Unknown where a
	// value isn't allowed: Warn or Refuse.
	Missing, Unknown Action
}
