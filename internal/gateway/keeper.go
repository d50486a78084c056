package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/headgate/headgate/internal/journal"
)

// keepEvery is how often the keeper looks. A group stays that much beyond its
// deadline at most, unless very many expire at once.
const keepEvery = time.Second

// expirePause is between two records of groups that expire. Very many that do so
// together leave half of a processor to those who push and scrape meanwhile.
const expirePause = 2 * time.Millisecond

// keeper lets groups go when their time has come, until ctx ends. What goes, goes by
// the journal, in records of a bounded number of groups: pushes come in between.
func (g *Gateway) keeper(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			g.putWindows(ctx)
			if err := g.keep(ctx, now); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, journal.ErrClosed) {
				g.complain(err)
			} else {
				g.keeperFailing = false
			}
		}
	}
}

// complain logs the first failure of several.
func (g *Gateway) complain(err error) {
	if !g.keeperFailing {
		g.log.Error("groups whose time has come stay for now; trying again every second", "err", err)
	}
	g.keeperFailing = true
}

func (g *Gateway) keep(ctx context.Context, now time.Time) error {
	if err := g.expire(ctx, now); err != nil {
		return err
	}
	if err := g.noteScrapers(ctx, now); err != nil {
		return err
	}
	if err := g.judgeRuns(ctx, now); err != nil {
		return err
	}
	return g.dropScraped(ctx, now)
}

func (g *Gateway) expire(ctx context.Context, now time.Time) error {
	gone := 0
	for more := g.store.Due(now.UnixNano()); more; {
		var n int
		var err error
		if n, more, err = g.door.Expire(ctx); err != nil {
			return err
		}
		gone += n
		if more && !pause(ctx, expirePause) {
			return ctx.Err()
		}
	}
	if gone > 0 {
		g.log.Info("groups expired", "groups", gone)
	}
	return nil
}

// pause waits, and reports whether ctx is still there after it.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// noteScrapers records who scrapes when that has changed, so that the next start
// knows whom to wait for.
func (g *Gateway) noteScrapers(ctx context.Context, now time.Time) error {
	ids, changed := g.scrapers.active(now)
	if !changed {
		return nil
	}
	if err := g.door.NoteScrapers(ctx, ids); err != nil {
		return err
	}
	g.scrapers.noted(ids)
	return nil
}

// mostScraped is how many groups go in one record.
const mostScraped = 64

func (g *Gateway) dropScraped(ctx context.Context, now time.Time) error {
	if g.store.Waiting() == 0 {
		return nil
	}
	gone := 0
	read := g.scrapers.reader(now)
	for {
		reads := g.store.Kept(mostScraped, read)
		if len(reads) == 0 {
			break
		}
		n, err := g.door.DropScraped(ctx, reads)
		if err != nil {
			return err
		}
		gone += n
	}
	if gone > 0 {
		g.log.Debug("groups dropped, as all who scrape have read them", "groups", gone)
	}
	return nil
}
