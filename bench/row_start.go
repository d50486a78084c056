package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

// starts is how many starts make a measurement: a single one is within the scheduler's noise.
const starts = 20

// startRow measures the command from exec to its end when it has nothing to do, which is
// what each line of a crontab pays.
func startRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{What: "headgate version, from exec to exit", Unit: seconds, Budget: &budget{AtMost: 0.03, Absolute: true}}
	if b.gateway == "" {
		l.judge()
		return []line{l}, nil
	}
	l, err := l.compare(ctx, b.rounds, func(ctx context.Context) (float64, error) {
		began := time.Now()
		for range starts {
			if out, err := exec.CommandContext(ctx, b.gateway, "version").CombinedOutput(); err != nil {
				return 0, fmt.Errorf("%s version: %w: %s", b.gateway, err, out)
			}
		}
		return time.Since(began).Seconds() / starts, nil
	}, nil)
	return []line{l}, err
}
