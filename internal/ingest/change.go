package ingest

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/store"
)

// UndoRule bounds what deletes and wipes leave behind to be brought back.
type UndoRule struct {
	Window time.Duration // 0 or less: nothing can be undone
	Bytes  int64         // of exposition text
}

// recordGroups is how many groups one record removes or brings back at most: the
// store's lock is held for a record, and pushes wait behind it.
const recordGroups = 250

// expireGroups is the same for what nobody waits for: a millisecond or two, and some
// more while scrapes and the collector want the processors as well.
const expireGroups = 64

// Delete removes the groups with these encoded keys and returns how many there
// were, and the id by which they can be brought back. Many keys take several
// records: what an error leaves undone is some of the keys, never half a group.
func (d *Door) Delete(ctx context.Context, by store.Origin, keys []string) (n int, id string, err error) {
	undo := d.undo()
	for some := range slices.Chunk(keys, recordGroups) {
		item, err := d.submit(ctx, &store.Change{Kind: store.KindRemove, Keys: some, Origin: by, Undo: undo})
		n += item.Deleted
		if err != nil {
			return n, undo.ID, err
		}
	}
	return n, undo.ID, nil
}

// Wipe removes every group and returns how many there were, and the id by which
// they can be brought back.
func (d *Door) Wipe(ctx context.Context, by store.Origin) (n int, id string, err error) {
	undo := d.undo()
	item, err := d.submit(ctx, &store.Change{Kind: store.KindClear, Origin: by, Undo: undo})
	return item.Deleted, undo.ID, err
}

func (d *Door) undo() store.Undo {
	r := d.rules.Load().Undo
	return store.Undo{ID: strings.ToLower(rand.Text()[:10]), Window: max(r.Window, 0), Bytes: r.Bytes}
}

// Undone is what an undo did.
type Undone struct {
	ID               string // of the delete
	Restored, Series int
	Skipped          []store.Skipped // groups that stay away, and why
}

// Undo brings back what the delete with this id removed; "" means the last that
// can be undone. There being none is a *store.UndoError.
func (d *Door) Undo(ctx context.Context, by store.Origin, id string) (u Undone, err error) {
	u.ID = id
	for {
		item, err := d.submit(ctx, &store.Change{Kind: store.KindUndo, Undo: store.Undo{ID: u.ID}, Most: recordGroups, Origin: by})
		if err != nil {
			return u, err
		}
		u.ID = item.ID
		u.Restored += item.Restored
		u.Series += item.Series
		u.Skipped = append(u.Skipped, item.Skipped...)
		if !item.More {
			return u, nil
		}
	}
}

// Expire removes groups whose deadline has passed, and forgets deletes that are too
// old to be undone. It returns how many groups went and whether to call it again.
func (d *Door) Expire(ctx context.Context) (n int, more bool, err error) {
	item, err := d.submit(ctx, &store.Change{Kind: store.KindExpire, Most: expireGroups})
	return item.Deleted, item.More, err
}

// DropScraped removes groups that were to stay until they are scraped, unless they
// were pushed again since.
func (d *Door) DropScraped(ctx context.Context, reads []store.Read) (n int, err error) {
	item, err := d.submit(ctx, &store.Change{Kind: store.KindScraped, Reads: reads})
	return item.Deleted, err
}

// NoteScrapers records who scrapes.
func (d *Door) NoteScrapers(ctx context.Context, ids []string) error {
	_, err := d.submit(ctx, &store.Change{Kind: store.KindScrapers, Scrapers: ids})
	return err
}

// NoteMissed records which runs were due and didn't begin.
func (d *Door) NoteMissed(ctx context.Context, verdicts []runs.Verdict) error {
	_, err := d.submit(ctx, &store.Change{Kind: store.KindMissed, Verdicts: verdicts})
	return err
}

// submit journals a change that is no push and returns what it did.
func (d *Door) submit(ctx context.Context, c *store.Change) (store.Item, error) {
	rec := d.records.Get().(*record)
	defer d.recycle(rec)
	rec.entry.Kind, rec.payload = c.Kind, store.AppendPayload(rec.payload[:0], c)
	rec.entry.Urgent = c.Kind == store.KindRemove || c.Kind == store.KindClear
	if err := d.commit(ctx, rec); err != nil {
		return store.Item{}, err
	}
	return rec.item, rec.item.Err
}
