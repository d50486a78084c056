package store

import (
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
)

// The kinds of journal record that the store understands. The numbers are on
// disk: a kind keeps its number for ever.
const (
	// KindReplace is a PUT: the group holds these families and no others.
	KindReplace journal.Kind = 1
	// KindMerge is a POST: these families replace those of the same name.
	KindMerge journal.Kind = 2
	// KindRefuse is a push that was turned away at the door: only the group's failure time changes.
	KindRefuse journal.Kind = 3
	// KindDelete removes the groups whose keys it lists.
	KindDelete journal.Kind = 4
	// KindWipe removes every group.
	KindWipe journal.Kind = 5
	// KindGroup is a whole group as a snapshot keeps it. Never in the log itself.
	KindGroup journal.Kind = 6
)

// Change is what one journal record does to the store. The door makes it from a
// push, Decode makes it from a record; Apply treats both alike.
type Change struct {
	Kind journal.Kind
	// Key is the encoded grouping key of a replace, merge, refuse or group record.
	Key string
	// Keys are the encoded grouping keys of a delete record.
	Keys []string
	// Families are sorted by name, each name once.
	Families []FamilyChange

	// Only in group records: nanoseconds since the epoch, 0 for never.
	pushed, failed int64
	lastOK         bool
}

// FamilyChange is one metric family of a push, sanitised and ready to send.
type FamilyChange struct {
	Name    string
	Type    expo.Type
	Help    string
	HasHelp bool
	Unit    string
	// Text holds the sample lines as scraped: grouping labels merged in, labels
	// sorted, metrics sorted. At least one line.
	Text string
	// Rich holds the metrics in protobuf where Text can't say all, otherwise "".
	Rich string

	pushed int64 // only in group records
}
