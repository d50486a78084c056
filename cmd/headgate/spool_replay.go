package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/headgate/headgate/push"
)

// spoolReplayCmd pushes what waits.
type spoolReplayCmd struct {
	spoolDir
	remote
	output
}

// Help is shown below the usage.
func (spoolReplayCmd) Help() string {
	return `Pushes what waits in a spool to the gateway, in order, each batch once. It ends when there is no more, or when the
gateway can't be reached. What the gateway refuses for good becomes a dead letter, as in any push. What waits for other targets
than the gateway only a program can send that has them.

Examples:
  headgate spool replay
  headgate spool replay --spool /var/spool/import --url http://headgate:9091

Exit codes: 0 nothing waits any more, 1 something does, or was refused, 2 usage.`
}

// replayed is how far a replay came.
type replayed struct {
	Pushed  int `json:"pushed"`
	Refused int `json:"refused"`
	Waiting int `json:"waiting"`
}

// gatewayTarget is the gateway's folder in a spool.
const gatewayTarget = "gateway"

// Run replays what waits for the gateway.
func (c *spoolReplayCmd) Run(s *streams) error {
	dir, err := c.path()
	if err != nil {
		return err
	}
	at := filepath.Join(dir, gatewayTarget)
	if _, err := os.Stat(at); err != nil {
		if os.IsNotExist(err) && c.Dir == "" {
			return c.done(s, replayed{}, nil)
		}
		return err
	}
	before, err := readTarget(at)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r := &replay{total: before.waiting(), begun: time.Now(), terminal: s.err}
	if c.Quiet || !isTerminal(s.err) {
		r.terminal = nil
	}
	err = r.run(ctx, c, dir)
	r.clear()
	after, listErr := readTarget(at)
	r.result.Waiting = after.waiting()
	if err == nil {
		err = listErr
	}
	return c.done(s, r.result, err)
}

func (c *spoolReplayCmd) done(s *streams, r replayed, err error) error {
	printed := c.print(s.out, r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "pushed %d batches, %d refused, %d waiting\n", r.Pushed, r.Refused, r.Waiting)
		return err
	})
	switch {
	case err != nil:
		return err
	case printed != nil:
		return printed
	case r.Refused > 0:
		return hint(fmt.Errorf("batches refused: %d", r.Refused), "headgate spool list shows why")
	case r.Waiting > 0:
		return fmt.Errorf("batches still waiting: %d", r.Waiting)
	}
	return nil
}

// replay is a Pusher that has nothing of its own to push.
type replay struct {
	total    int
	begun    time.Time
	terminal io.Writer // nil where nobody reads along

	mu     sync.Mutex
	result replayed
	failed error // why the gateway can't be reached
	cancel context.CancelFunc
}

func (r *replay) run(ctx context.Context, c *spoolReplayCmd, dir string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	transport, err := push.NewHTTP(push.HTTPConfig{URL: c.URL, Client: client})
	if err != nil {
		return err
	}
	ctx, r.cancel = context.WithCancel(ctx)
	defer r.cancel()
	p := push.New(c.URL, "headgate-spool-replay", push.WithTransport(transport), push.WithSpool(dir), push.WithHook(r.saw),
		push.WithInterval(0), push.WithTimeout(c.Timeout), push.WithCloseTimeout(time.Millisecond),
		push.WithLogger(slog.New(slog.DiscardHandler)))
	if err := p.Start(ctx); err != nil {
		return err
	}
	err = p.Flush(ctx)
	closed := p.Close(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.failed != nil:
		return c.unreachable(r.failed)
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted: what wasn't pushed still waits")
	}
	if _, refused := errors.AsType[*push.LostError](closed); refused {
		return nil // the result counts them
	}
	return closed
}

// saw counts, and gives up when the gateway can't be reached: there is somebody who can
// do something about it, and what waits goes on waiting.
func (r *replay) saw(ev push.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch ev.State {
	case push.Succeeded:
		r.result.Pushed++
	case push.Failed:
		r.result.Refused++
	case push.Retrying:
		if push.ClassOf(ev.Err) != push.Throttled {
			r.failed = errors.New(strings.TrimSpace(ev.Err.Error()))
			r.cancel()
		}
	}
	if r.terminal != nil && time.Since(r.begun) > time.Second {
		fmt.Fprintf(r.terminal, "\r\x1b[Kpushed %d of %d batches …", r.result.Pushed+r.result.Refused, r.total)
	}
}

// clear leaves the line of the progress empty.
func (r *replay) clear() {
	if r.terminal != nil {
		fmt.Fprint(r.terminal, "\r\x1b[K")
	}
}
