package gateway

import (
	"context"
	"errors"
	"time"
)

// snapshotter writes a snapshot whenever the journal says that one is due, until ctx ends.
func (g *Gateway) snapshotter(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.snapshotDue:
		}
		if err := g.snapshot(ctx); err != nil && !errors.Is(err, context.Canceled) {
			// Nothing is lost: the journal keeps all that the snapshot would
			// have replaced, and says in a while that one is due again.
			g.log.Error("snapshot failed; the journal grows until one succeeds", "err", err)
		}
	}
}

// applied runs after each batch on the journal's goroutine.
func (g *Gateway) applied() {
	if !g.journal.SnapshotDue() {
		return
	}
	select {
	case g.snapshotDue <- struct{}{}:
	default:
	}
}

func (g *Gateway) snapshot(ctx context.Context) error {
	began := time.Now()
	snap := g.store.BeginSnapshot()
	defer snap.Abandon()
	if snap.Seq == 0 {
		return nil // nothing was ever pushed
	}
	write := func(put putFunc) error { return snap.Write(ctx, put) }
	if err := g.journal.Snapshot(ctx, snap.Seq, snap.Time, write); err != nil {
		return err
	}
	stats := g.journal.Stats()
	g.log.Info("snapshot written", "seq", snap.Seq, "bytes", stats.SnapshotBytes, "duration", time.Since(began).Round(time.Millisecond))
	return nil
}
