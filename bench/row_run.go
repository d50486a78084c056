package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// runsPerRound is how many commands a round of the run row runs on either side.
const runsPerRound = 20

// runRow measures what headgate run adds to a command that takes no time, and how long
// it holds on to one whose gateway takes connections and never answers.
func runRow(ctx context.Context, b *bench) ([]line, error) {
	added := line{What: "added by headgate run -- true", Unit: seconds, Budget: &budget{AtMost: 0.025, Absolute: true}}
	hangs := line{What: "headgate run -- true, gateway hangs, 2 s of grace", Unit: seconds, Budget: &budget{AtMost: 2.025, Absolute: true}}
	if b.gateway == "" {
		added.judge()
		hangs.judge()
		return []line{added, hangs}, nil
	}
	gateway, err := b.startFew(ctx)
	if err != nil {
		return nil, err
	}
	defer gateway.kill()
	bare := func(ctx context.Context) (float64, error) { return b.timeRuns(ctx, runsPerRound, "true") }
	added, err = added.compare(ctx, b.rounds, func(ctx context.Context) (float64, error) {
		wrapped, err := b.timeRuns(ctx, runsPerRound, b.gateway, "run", "--job", "bench", "--url", "http://"+gateway.addr, "--", "true")
		if err != nil {
			return 0, err
		}
		alone, err := bare(ctx)
		return wrapped - alone, err
	}, nil)
	if err != nil {
		return nil, err
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer silent.Close()
	hangs, err = hangs.compare(ctx, b.rounds, func(ctx context.Context) (float64, error) {
		return b.timeRuns(ctx, 1, b.gateway, "run", "-q", "--job", "bench", "--url", "http://"+silent.Addr().String(), "--", "true")
	}, nil)
	return []line{added, hangs}, err
}

// timeRuns returns the median time that a command takes, in seconds.
func (b *bench) timeRuns(ctx context.Context, n int, name string, args ...string) (float64, error) {
	took := make([]time.Duration, n)
	for i := range took {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(b.work, "state")) // on the disk under test
		begin := time.Now()
		if err := cmd.Run(); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	return took[n/2].Seconds(), nil
}
