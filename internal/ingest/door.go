// Package ingest is the one door into the gateway: it turns a push into a
// Change, puts it in the journal, and waits until it is durable and applied.
//
// All that needs no order happens here, on the pusher's own goroutine: parsing,
// merging labels, sorting, rendering. What needs order (does the change go with
// what is resident?) is settled by the store in the order of the journal.
package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/store"
	finding "github.com/headgate/headgate/push/labels"
)

// Options configure a Door. The zero value is usable but for Store.
type Options struct {
	Store *store.Store
	// UTF8Names accepts names outside [a-zA-Z_:][a-zA-Z0-9_:]*.
	UTF8Names bool
	// MaxChange bounds a push as it is kept, in bytes; 0 means 64 MiB. It can
	// outgrow the body, since the grouping labels are added to each series.
	MaxChange int
	// Applied is called after each batch was applied, on the journal's goroutine. It must not block.
	Applied func()
}

// Door takes pushes in. It is safe for concurrent use once Attach was called.
type Door struct {
	store     *store.Store
	utf8Names bool
	maxChange int
	rules     atomic.Pointer[Rules]
	applied   func()

	log       *journal.Disk
	reserved  reserved
	rates     rates
	tally     tally
	linter    *lint.Linter
	preparing atomic.Int64  // bytes, see weigh.go
	works     sync.Pool     // *work
	records   sync.Pool     // *record
	items     []*store.Item // Deliver's, reused
}

// New returns a Door that is to be attached to a journal. It has the default limits
// and no other rules.
func New(o Options) *Door {
	d := &Door{store: o.Store, utf8Names: o.UTF8Names, maxChange: cmp.Or(o.MaxChange, 64<<20), applied: o.Applied, linter: lint.New(lint.Options{})}
	d.works.New = func() any { return new(work) }
	d.records.New = func() any { return &record{done: make(chan struct{}, 1)} }
	d.SetRules(Rules{Limits: limit.Rules{Set: limit.Defaults}})
	return d
}

// Attach names the journal that records what the door lets in. Its Deliver is d.Deliver.
func (d *Door) Attach(log *journal.Disk) { d.log = log }

// Push is a request to change a group.
type Push struct {
	// Labels is the grouping key: valid names, each once, sorted by name, job among them. nil for JSON.
	Labels []expo.Label
	// Replace drops the families that Body doesn't hold, as PUT does.
	Replace bool
	// ContentType and Body are as received, the body decompressed. The caller
	// keeps Body unchanged until Push returns.
	ContentType string
	Body        []byte
	// JSON, if set, says that Body is JSON, whatever ContentType says. It names its
	// group itself: Push sets Labels, Entries and Superseded from it.
	JSON *expo.JSONOptions
	// Wish is how long the group is to stay.
	Wish Wish
	// DryRun says that everything is to be checked and nothing changed.
	DryRun bool
	// Sum is how the push is to be added up.
	Sum SumWish
	// Once is how it is told from its repetitions.
	Once store.Once
	// Run is what it tells of a job's run, nil if of none. Push sets its bounds.
	Run *runs.Event
	// Taken is when its samples were, in nanoseconds since the epoch; 0 means now.
	Taken int64
	// Duplicate is set by Push: it was taken before, and nothing was done.
	Duplicate bool
	// Mode is set by Push: how it was added up.
	Mode store.Mode
	// From is the pusher's address, without its port.
	From string
	// Groups selects those that the pusher may change, by the key that a group is kept
	// under; nil selects all.
	Groups []*labels.Matcher
	// Findings is set by Push: what was taken and would better be otherwise. Its
	// strings are its own.
	Findings []finding.Finding
	// Entries is how many samples were in the body, Superseded how many of them gave
	// way to newer ones in it.
	Entries, Superseded int
}

// ErrQueueFull is returned when too many pushes wait for the disk; try again in a moment.
var ErrQueueFull = journal.ErrQueueFull

// Push takes a push in. It returns nil once the push is durable and the next
// scrape shows it.
//
// A body that does not parse is an *expo.ParseError and leaves no trace. A push
// that parses but is invalid or doesn't go with what is resident is a
// *RefusedError, and the group shows the failure. A *LimitError is a push too
// large, an *OverLimitError one beyond another limit, a *RateError one too many.
// An *OtherGroupError is one to a group that the pusher may not change, and leaves no
// trace. Errors of the journal come as they are. A push whose ctx has ended is not
// taken; once it is in the journal's queue it is seen through.
func (d *Door) Push(ctx context.Context, p *Push) error {
	err := d.push(ctx, p)
	if len(p.Findings) > 0 || err != nil {
		d.tally.note(p, err)
	}
	return err
}

func (d *Door) push(ctx context.Context, p *Push) error {
	rec := d.records.Get().(*record)
	defer d.recycle(rec)
	w := d.works.Get().(*work)
	err := d.fill(w, rec, p)
	failure := w.failure
	d.give(w)
	w.trim()
	d.works.Put(w)
	if err != nil {
		return d.turnAway(ctx, p, failure, err)
	}
	if p.DryRun {
		err = d.rehearse(rec)
	} else {
		err = d.commit(ctx, rec)
	}
	if err != nil {
		return err
	}
	return verdict(rec, p)
}

// fill makes the record of a push.
func (d *Door) fill(w *work, rec *record, p *Push) (err error) {
	w.rules = d.rules.Load()
	w.parser.Options = expo.Options{UTF8Names: d.utf8Names, MaxSamples: w.rules.MaxSamples}
	w.failure, w.found, w.bodyJob, w.bodyInstance = store.Terms{}, nil, "", ""
	w.mostLabels, w.mostName, w.mostValue = 0, 0, 0
	w.resetRewriting()
	rec.entry.Kind, rec.payload, err = d.prepare(w, p, rec.payload[:0])
	w.rewritten()
	p.Findings = append(w.found, p.Findings...)
	w.found = nil
	return err
}

// rehearse finds out what would become of a push.
func (d *Door) rehearse(rec *record) error {
	if err := rec.change.Decode(rec.entry.Kind, rec.payload); err != nil {
		return err
	}
	rec.item = store.Item{Change: &rec.change, Time: time.Now().UnixNano()}
	d.store.Rehearse(&rec.item)
	return nil
}

// verdict turns what the store says of a push into what its pusher is told.
func verdict(rec *record, p *Push) error {
	for i := range rec.item.Over {
		o := &rec.item.Over[i]
		p.Findings = append(p.Findings, dryRun(o.ID, o.Family, "", o.Found, overLimit(o, p, &rec.change)))
	}
	for i := range rec.item.Windows {
		p.Findings = append(p.Findings, windowFinding(&rec.item.Windows[i]))
	}
	p.Duplicate = rec.item.Duplicate
	if rec.item.Err == nil {
		return nil // before the pointers below are made
	}
	var conflict *store.ConflictError
	var over *store.OverLimit
	switch err := rec.item.Err; {
	case errors.As(err, &conflict):
		return &RefusedError{Reason: conflict.Reason, Err: conflict}
	case errors.As(err, &over):
		return &OverLimitError{ID: over.ID, Msg: overLimit(over, p, &rec.change)}
	default:
		return err
	}
}

// checkKey refuses a grouping key of which not even a failure can be shown.
func (d *Door) checkKey(labels []expo.Label) error {
	if !d.utf8Names {
		return nil
	}
	return checkEscaped(labels, "")
}

// turnAway records the failure of a push that parsed, if it is known whose it is.
func (d *Door) turnAway(ctx context.Context, p *Push, terms store.Terms, why error) error {
	var refused *RefusedError
	var over *OverLimitError
	if !errors.As(why, &refused) && !errors.As(why, &over) || p.Labels == nil || p.DryRun {
		return why
	}
	failure := &store.Change{Kind: store.KindFail, Key: store.KeyOf(p.Labels), Terms: terms}
	if _, err := d.submit(ctx, failure); err != nil {
		return fmt.Errorf("%w (and the failure could not be recorded: %w)", why, err)
	}
	return why
}

// record is a journal record from its making to its pusher's answer. Reused, as
// each push needs one: nothing of it is kept by the journal or the store.
type record struct {
	payload []byte
	entry   journal.Entry
	change  store.Change
	item    store.Item
	done    chan struct{} // Deliver sends once
}

// commit puts a record into the journal and waits until it is durable and
// applied: the journal delivers all that it has accepted, so there is no leaving
// early. Decoding what was just encoded makes the road of a push the same as
// that of a replay.
func (d *Door) commit(ctx context.Context, rec *record) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := rec.change.Decode(rec.entry.Kind, rec.payload); err != nil {
		return err
	}
	rec.item = store.Item{Change: &rec.change}
	rec.entry.Payload, rec.entry.Owner = rec.payload, rec
	if err := d.log.Append(&rec.entry); err != nil {
		return err
	}
	<-rec.done
	return rec.entry.Err
}

// The most that a reused record may hold on to.
const (
	mostFamilies = 1024
	mostPayload  = 64 << 10
)

func (d *Door) recycle(rec *record) {
	if cap(rec.change.Families) > mostFamilies || cap(rec.payload) > mostPayload {
		return
	}
	clear(rec.change.Families) // let the texts go
	rec.entry, rec.item = journal.Entry{}, store.Item{}
	d.records.Put(rec)
}

// Deliver applies a batch that the journal has made durable, or has failed to,
// and lets its pushers go. The journal calls it from one goroutine, in order.
func (d *Door) Deliver(entries []*journal.Entry) {
	d.items = d.items[:0]
	for _, e := range entries {
		if e.Err != nil {
			continue
		}
		rec := e.Owner.(*record)
		rec.item.Seq, rec.item.Time = e.Seq, e.Time
		d.items = append(d.items, &rec.item)
	}
	d.store.ApplyBatch(d.items)
	for _, e := range entries {
		e.Owner.(*record).done <- struct{}{}
	}
	clear(d.items)
	if d.applied != nil {
		d.applied()
	}
}
