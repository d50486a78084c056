package scrape

import (
	"github.com/headgate/headgate/internal/expo"
)

// Family is one metric name on /metrics. One name has one Family in a book.
//
// The fields are the caller's to change under the lock that guards the book; it
// then calls [Book.FamilyChanged]. Name never changes.
type Family struct {
	Name    string
	Help    string
	Unit    string
	HasHelp bool // tells an empty HELP from none
	Type    expo.Type
	// OpenMetricsUnknown makes OpenMetrics show the family with type unknown, and a
	// counter with its name as it is instead of without _total. It is set where the
	// type's own names would collide with those of another family.
	OpenMetricsUnknown bool
	// NoCreated leaves out the _created lines of OpenMetrics, where they would
	// collide with the series of another family.
	NoCreated bool

	blocks int    // in the book
	number uint32 // its index in Book.families while it has blocks
	head   *head  // what was true at the last FamilyChanged; nil without blocks
}

// head is an immutable copy of a family's fields, as of one FamilyChanged. Views
// keep it, because they are encoded long after the lock was released.
type head struct {
	expo.Family // without metrics
	unknown     bool
	noCreated   bool
	text        string // # HELP and # TYPE
}

func newHead(f *Family) *head {
	h := &head{
		Family:    expo.Family{Name: f.Name, Help: f.Help, Unit: f.Unit, HasHelp: f.HasHelp, Type: f.Type},
		unknown:   f.OpenMetricsUnknown,
		noCreated: f.NoCreated,
	}
	h.text = string(expo.AppendTextHeader(nil, &h.Family))
	return h
}

// escaped returns the family, without metrics, under its name in a scheme.
func (h *head) escaped(e expo.Escaping) *expo.Family {
	f := h.Family
	f.Name = expo.EscapeName(f.Name, e)
	return &f
}
