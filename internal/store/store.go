// Package store holds what was pushed: groups, their metric families, and the
// indexes that make a push's consistency check cost what the push costs.
//
// The state is a function of the journal alone. Apply reads no clock, no
// configuration and no map order, so that a replay, or a second gateway on the
// same log, reaches the same bytes.
package store

import (
	"fmt"
	"sync"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/scrape"
)

// Names of the two series that the gateway adds to each group, as Pushgateway does.
const (
	PushTimeName    = "push_time_seconds"
	PushFailureName = "push_failure_time_seconds"
)

// Store is the gateway's state. The zero value is not ready: use New. All
// methods are safe for concurrent use.
type Store struct {
	// mu guards everything below. It is the only lock of the package and is
	// never held while writing to a client or a disk.
	mu sync.Mutex

	book     scrape.Book
	groups   map[string]*group
	families map[string]*family
	// aliases maps each escaped spelling of a resident family's UTF-8 name to
	// that name: no other family may claim it.
	aliases map[string]string
	// owners maps a series' identity to the slot of its group.
	owners map[uint64]uint32
	slots  []*group
	free   []uint32
	// metas are the families' help texts and units, by meta.id.
	metas     []*meta
	freeMetas []uint32

	self     []*own
	selfOf   *scrape.Owner
	hidden   int
	applied  uint64 // journal sequence of the last change
	time     int64  // its time
	snapshot *Snapshot
	epoch    uint32

	observer     Observer
	groupMetrics GroupMetrics
	extras       map[*group]*extra     // of groups that have gauges
	gauges       [len(groupGauges)]int // how many groups show each

	replaying struct { // what Replay needs, reused
		change Change
		item   Item
		items  [1]*Item
	}

	jobs      map[string]*job
	deadlines deadlines
	kept      map[*group]struct{}  // that stay until they are scraped
	expecting map[*group]struct{}  // for which a push is due at times
	trash     []*deletion          // the oldest first
	deletions map[string]*deletion // trash by id
	buried    int64                // bytes of text in trash
	audit     []AuditEntry         // the oldest first
	scrapers  []string

	ledger     ledger
	cumulative map[*group]struct{}
	nextRetire int64 // no pusher is gone before; 0 if there is none to go
	retired    uint64
	runs       runs.Book

	series, blocks int
	bytes          int64
	ownBytes       int64 // of bytes, those of push_time_seconds and push_failure_time_seconds
	peakMetric     int64 // see PeakMetric
	// Since Resume.
	expiredGroups, readGroups uint64

	scratch    []*held  // match's result, reused
	identities []uint64 // identitiesOf's result, reused
	// Made by check when they are needed: the identities of the change's new
	// series, those that the group gives back, and the aliases of the change's names.
	seen, leaving map[uint64]struct{}
	inChange      map[string][]*FamilyChange

	windows windows

	summer summer // of the push that is being added up

	slab     []held // what is left of a new group's, see newHeld
	expected int    // how many more the group is known to need
}

// New returns an empty store.
func New() *Store {
	s := &Store{selfOf: scrape.NewOwner(nil)}
	s.reset()
	return s
}

func (s *Store) reset() {
	s.book.Reset()
	s.self = nil
	s.groups = map[string]*group{}
	s.families = map[string]*family{}
	s.aliases = map[string]string{}
	s.owners = map[uint64]uint32{}
	s.slots, s.free = nil, nil
	s.metas, s.freeMetas = nil, nil
	s.jobs = map[string]*job{}
	s.cumulative, s.nextRetire = map[*group]struct{}{}, 0
	s.deadlines, s.kept, s.expecting = nil, map[*group]struct{}{}, map[*group]struct{}{}
	s.extras, s.gauges = map[*group]*extra{}, [len(groupGauges)]int{}
	s.series, s.blocks, s.bytes, s.ownBytes = 0, 0, 0, 0
}

// Item is a change on its way from the journal to the store.
type Item struct {
	Change *Change
	Seq    uint64
	Time   int64 // nanoseconds since the epoch
	// Err is set by ApplyBatch: why the push was refused, nil if it was applied.
	Err error
	// The following are set by ApplyBatch, too.

	// Duplicate is whether the push was applied before, so that nothing was done.
	Duplicate bool

	// Over are the limits that the push is beyond and that only count.
	Over []OverLimit
	// Windows are the window rules for which the push came late or has too many series.
	Windows []WindowNote
	// Deleted is how many groups went, Restored how many an undo brought back, and
	// Series how many series they have.
	Deleted, Restored, Series int
	// Skipped are the groups that an undo left out.
	Skipped []Skipped
	// More says that the same record again would do more.
	More bool
	// ID is that of the delete that was undone.
	ID string
}

// ApplyBatch applies items in order under one lock, so a scrape sees each of
// them whole or not at all.
func (s *Store) ApplyBatch(items []*Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range items {
		s.apply(it)
	}
}

// Replay applies one journal record at start-up. A push that was refused when it
// was first applied is refused again, which is not an error; a group of a snapshot
// that can't be put back is. Not for concurrent use with itself; e and its payload
// are not kept.
func (s *Store) Replay(e *journal.Entry) error {
	r := &s.replaying
	if err := r.change.Decode(e.Kind, e.Payload); err != nil {
		return err
	}
	r.item = Item{Change: &r.change, Seq: e.Seq, Time: e.Time}
	r.items[0] = &r.item
	s.ApplyBatch(r.items[:])
	if (e.Kind == KindGroup || e.Kind == KindState || r.change.windows.fails()) && r.item.Err != nil {
		return fmt.Errorf("snapshot of record %d: %w", e.Seq, r.item.Err)
	}
	return nil
}

// Stats is a summary of what is resident.
type Stats struct {
	Groups, Families, Blocks, Series int
	// Bytes of exposition text, headers and the gateway's own metrics left out.
	Bytes int64
	// Applied is the journal sequence of the last change, Time its time.
	Applied uint64
	Time    int64
	// Hidden are the gateway's own families that the last scrape left out because
	// a group shows something under that name.
	Hidden int
	// Jobs are those that have a group.
	Jobs int
	// Waiting are the groups that stay until they are scraped.
	Waiting int
	// Expired and Read count groups that went since the start: at their deadline,
	// and because they were scraped.
	Expired, Read uint64
	// Undoable are the deletes that can be undone, UndoableBytes what they keep.
	Undoable      int
	UndoableBytes int64
	// Producers and Keys are remembered, so that none of their pushes counts twice.
	Producers, Keys int
	// Runs is of the histories of jobs' runs.
	Runs runs.Stats
	// Retired are pushers that were folded into their sums since the start.
	Retired uint64
}

// Observer is told of groups that go. Its functions are called under the store's
// lock: they must be quick and not call the store.
type Observer struct {
	Gone  func(key string) // one group
	Wiped func()           // all of them
}

// Observe tells o of what goes from now on. It is called once, before any
// concurrent use.
func (s *Store) Observe(o Observer) { s.observer = o }

// Stats returns a summary of what is resident.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Groups: len(s.groups), Families: len(s.families), Blocks: s.blocks, Series: s.series,
		Bytes: s.bytes, Applied: s.applied, Time: s.time, Hidden: s.hidden,
		Jobs: len(s.jobs), Waiting: len(s.kept), Expired: s.expiredGroups, Read: s.readGroups,
		Undoable: len(s.trash), UndoableBytes: s.buried,
		Producers: len(s.ledger.producers), Keys: len(s.ledger.keys), Retired: s.retired,
		Runs: s.runs.Stats(),
	}
}

// Resume sets the journal position that was reached in a replay: that of a
// snapshot of nothing comes with no entry.
func (s *Store) Resume(seq uint64, time int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applied, s.time = max(s.applied, seq), max(s.time, time)
	s.expiredGroups, s.readGroups, s.retired = 0, 0, 0
	s.runs.Restart()
	for _, r := range s.windows.rules {
		r.WindowCounts = WindowCounts{}
	}
}

// Rehearse sets what would become of a push if it came now, at it.Time, and changes nothing.
func (s *Store) Rehearse(it *Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.tidy()
	defer s.windows.tidy(mostKept)
	c := it.Change
	if it.Duplicate, it.Err = s.ledger.repeats(&c.Terms.Once); it.Err != nil || it.Duplicate {
		return
	}
	g := s.groups[c.Key]
	if c.Terms.Summing.Mode != Keep {
		_, it.Err = s.plan(g, it)
	} else {
		it.Err = s.admit(g, it)
	}
	if it.Err == nil && g == nil && s.showing(c.Key) != nil {
		it.Err = s.sameExposure(c.Key)
	}
}
