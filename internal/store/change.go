package store

import (
	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/runs"
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
	// KindGroup is a whole group as snapshots kept it before groups had terms.
	KindGroup journal.Kind = 6
	// KindPush is a PUT or POST with its terms.
	KindPush journal.Kind = 7
	// KindFail is KindRefuse with the terms that the push would have had.
	KindFail journal.Kind = 8
	// KindRemove is KindDelete with who deletes, and for how long it can be undone.
	KindRemove journal.Kind = 9
	// KindClear is KindWipe with the same.
	KindClear journal.Kind = 10
	// KindExpire removes groups whose deadline lies before the record's time.
	KindExpire journal.Kind = 11
	// KindScraped removes groups that were to stay until they are scraped, and were.
	KindScraped journal.Kind = 12
	// KindUndo brings back groups that a KindRemove or KindClear removed.
	KindUndo journal.Kind = 13
	// KindScrapers lists who scrapes. In the log and in snapshots.
	KindScrapers journal.Kind = 14
	// KindState is a whole group as a snapshot keeps it. This and the following are
	// never in the log itself.
	KindState journal.Kind = 15
	// KindTrash is a deleted group that can still be brought back.
	KindTrash journal.Kind = 16
	// KindAudit is an entry of the list of deletes.
	KindAudit journal.Kind = 17
	// KindLedger is what is remembered of producers and keys.
	KindLedger journal.Kind = 18
	// KindWindows is the set of rules for windows, in the log and in snapshots, or a part
	// of what one of them has, in snapshots only.
	KindWindows journal.Kind = 19
	// KindTimedPush is KindPush with when its samples were taken.
	KindTimedPush journal.Kind = 20
	// KindMissed says which runs of jobs were due and didn't begin. In the log only.
	KindMissed journal.Kind = 21
	// KindRuns has histories of runs. In snapshots only.
	KindRuns journal.Kind = 22
)

// Change is what one journal record does to the store. The door makes it from a
// push, Decode makes it from a record; Apply treats both alike.
type Change struct {
	Kind journal.Kind
	// Key is the encoded grouping key of a record about one group.
	Key string
	// Keys are the encoded grouping keys of a delete record.
	Keys []string
	// Terms are a push's or a failure's.
	Terms Terms
	// Families are sorted by name, each name once.
	Families []FamilyChange
	// Taken is when the samples of a timed push were taken, in nanoseconds since the epoch.
	Taken int64
	// Origin is who deletes or undoes.
	Origin Origin
	// Undo is what becomes of deleted groups.
	Undo Undo
	// Most is how many groups an expire or undo record is about at most.
	Most int
	// Reads are the groups of a scraped record.
	Reads []Read
	// Scrapers are the ids of a scrapers record.
	Scrapers []string
	// Verdicts are those of a missed record.
	Verdicts []runs.Verdict

	// Only in a snapshot's records.
	state  state
	trash  trashed
	entry  AuditEntry
	sum    *sumState // of a state or trash record of a group whose pushes are added up
	ledger []ledgerEntry
	runs   []runs.Saved

	windows *windowsChange
}

// state is what a snapshot keeps of a group besides its families.
type state struct {
	pushed, failed int64 // nanoseconds since the epoch, 0 for never
	lastOK, tells  bool
	seq            uint64 // of the last push that was taken; 0 if it stays for good
}

// replaces is whether c drops the families that it doesn't hold.
func (c *Change) replaces() bool {
	return c.Kind == KindReplace || c.isPush() && c.Terms.Replace
}

// isPush is whether c is a push that has terms.
func (c *Change) isPush() bool { return c.Kind == KindPush || c.Kind == KindTimedPush }

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
	// Gauges is what becomes of a gauge to which several push.
	Gauges aggregate.Gauges

	pushed int64 // only in group records
}
