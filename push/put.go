package push

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/headgate/headgate/push/spool"
)

// put queues a batch, which takes the place of what has the same key, and returns
// what to wait for, nil if nobody will.
func (t *target) put(b *Batch, key string, waited scope) (*waiter, error) {
	payload, err := appendEnvelope(nil, b)
	if err != nil {
		return nil, err
	}
	e := &spool.Entry{Ordered: b.Mode.ordered(), Key: key, Samples: b.Samples, Payload: payload}
	t.mu.Lock()
	lost, err := t.queue.Put(e)
	if t.closed {
		err = ErrClosed
	}
	if err != nil && !errors.Is(err, spool.ErrNotDurable) {
		ev := eventOf(t.name, Failed, b)
		ev.Err, ev.told = err, true
		t.tell(ev)
		return nil, err
	}
	if err := cmp.Or(err, t.unspooled); err != nil {
		t.report.spoolTrouble(t.name, err)
	}
	if e.Ordered {
		b.Producer, b.Sequence = e.Producer, e.Sequence
	}
	t.follow(e)
	t.lastID = e.ID
	var w *waiter
	if waited != byNobody {
		w = t.await(e.ID, e.Key)
		w.scope = waited
	}
	events := []Event{eventOf(t.name, Pending, b)}
	for _, l := range e.Replaced {
		events = append(events, t.leftQueue(Superseded, l, nil))
	}
	events = append(events, t.losses(lost)...)
	t.tell(events...)
	signal(t.work)
	return w, nil
}

// follow lets whoever waits for older state of e's group wait for e. The caller holds mu.
func (t *target) follow(e *spool.Entry) {
	for _, w := range t.waiters {
		if !e.Ordered && w.key == e.Key {
			w.id = e.ID
		}
	}
}

// leftQueue tells of an entry that left the queue without an attempt. Of its mode it
// may say Replace for Delete.
func (t *target) leftQueue(s State, l spool.Loss, err error) Event {
	ev := lostEvent(t.name, s, l)
	ev.Err = err
	return ev
}

// key names the group of b, and what a newer batch must have in common to take its
// place. A push that merges can't stand for one that replaces, nor the other way
// round, and for one that merges other families neither: those would never arrive. A
// Delete is a replacement by nothing. The families of b have to be decoded still.
//
// What tells of a run stands for what told of the same run before, since that is in
// it, and for no other run: each is one of the gateway's history.
func (b *Batch) key() string {
	mode := b.Mode
	if mode == Delete {
		mode = Replace
	}
	key := appendText([]byte{byte(mode)}, b.Job)
	for _, l := range b.Grouping {
		key = appendText(appendText(key, l.Name), l.Value)
	}
	switch {
	case b.Run != "":
		return string(append(key, runOf(b.Run)...))
	case mode != Merge:
		return string(key)
	}
	names := sha256.New()
	for _, f := range b.families {
		names.Write(appendText(nil, f.GetName()))
	}
	return string(names.Sum(key))
}

// lostEvent is an event of a batch of which there is no more than its spool tells.
func lostEvent(target string, s State, l spool.Loss) Event {
	ev := Event{Target: target, State: s, Producer: l.Producer, Sequence: l.Sequence, Samples: l.Samples}
	if l.Key != "" {
		r := reader{rest: []byte(l.Key[1:])}
		ev.Mode, ev.Job = Mode(l.Key[0]), r.text()
	}
	return ev
}

// losses are the events of what went undelivered without an attempt. The caller holds mu.
func (t *target) losses(lost []spool.Loss) (events []Event) {
	for _, l := range lost {
		ev := t.leftQueue(Failed, l, fmt.Errorf("%w: %s", errLost, l.Reason))
		ev.told = t.failed(l.ID, l.Sequence > 0, ev)
		events = append(events, ev)
	}
	return events
}
