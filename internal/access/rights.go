// Package access says who may do what: tokens with rights that are bound to groups,
// and what is left to those who show none.
package access

import (
	"slices"
	"strings"
)

// Rights is a set of things that somebody may do. The zero value is none.
type Rights uint8

// The rights. Push and Delete are about groups, and a token has them for those that
// its matchers select; Read and Admin are about the whole gateway.
const (
	Push   Rights = 1 << iota // change groups by pushing to them
	Read                      // see all that is resident: scrapes, pages, the API
	Delete                    // delete groups
	Admin                     // all of the others on all groups, and undo, audit, wipe, stop, reload, profiles
)

// ofGroups are the rights that matchers bound.
const ofGroups = Push | Delete

var names = []string{"push", "read", "delete", "admin"} // in the order of their bits

// Names lists the names of all rights.
func Names() []string { return slices.Clone(names) }

// Named returns the right of that name.
func Named(name string) (Rights, bool) {
	i := slices.Index(names, name)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

// Has is whether r suffices for what needs need. Nothing is needed by the zero value.
func (r Rights) Has(need Rights) bool { return r&Admin != 0 || r&need == need }

// Bound is whether r has a right that is for some groups only.
func (r Rights) Bound() bool { return r&ofGroups != 0 }

// Names lists the names of the rights in r.
func (r Rights) Names() (list []string) {
	for i, name := range names {
		if r&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

func (r Rights) String() string { return strings.Join(r.Names(), ", ") }
