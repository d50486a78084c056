// Package labels keeps the labels of what is pushed few, short and spelt as
// everybody else spells them.
package labels

// Label is one label of a series or of a grouping key.
type Label struct {
	Name, Value string
}
