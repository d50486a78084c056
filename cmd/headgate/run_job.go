package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/headgate/headgate/internal/job"
	"github.com/headgate/headgate/push"
)

// Run ends as its child does, whatever becomes of what it has to tell.
func (c *runCmd) Run(s *streams) error {
	signals, stop := job.Signals()
	defer stop()
	h := &herald{out: s.err, people: isTerminal(s.err), quiet: c.Quiet}
	told, err := c.newRun(h)
	if err != nil {
		return &failure{err, "headgate run --help shows what is wanted", exitUsage}
	}
	if c.NoOverlap {
		lock, err := c.lock(told.ID())
		if err != nil {
			return c.notRun(told, h, err)
		}
		defer func() { _ = lock.Release() }() // our end releases it in any case
	}
	told.Start(context.Background())
	own := newOwnMetrics(h, c.reserved())
	defer own.remove()
	res, exit := c.attempts(s, own, signals)
	if exit.Err != nil {
		fmt.Fprintf(s.err, "headgate: %v\n", exit.Err)
	}
	if exit.TimedOut {
		h.warn("the command was ended after --timeout=%s", c.Timeout)
	}
	res.Metrics = own.gatherer()
	h.ended(told.End(context.Background(), res))
	if exit.Code == 0 {
		return nil
	}
	return &failure{err: errSilent, code: exit.Code}
}

// attempts runs the command until it succeeds, or may not be tried again.
func (c *runCmd) attempts(s *streams, own *ownMetrics, signals <-chan os.Signal) (push.JobResult, job.Exit) {
	child := job.Child{
		Args: c.Command, Env: own.env(), Stdin: s.in, Stdout: s.out, Stderr: s.err,
		Timeout: time.Duration(c.Timeout), KillAfter: time.Duration(c.KillAfter),
	}
	var used push.Usage
	for n, wait := 1, time.Duration(c.RetryWait); ; n, wait = n+1, min(2*wait, 5*time.Minute) {
		exit := child.Run(signals)
		used.Add(exit.Usage)
		again := exit.Code != 0 && exit.Err == nil && !exit.Asked && n <= c.Retries
		if !again || !pause(wait, signals) {
			return push.JobResult{Outcome: outcomeOf(exit), ExitCode: &exit.Code, Attempts: n, Usage: &used}, exit
		}
		own.clear() // the next attempt writes them anew
	}
}

// pause waits, unless it is told to end: then there is no further attempt.
func pause(d time.Duration, signals <-chan os.Signal) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			return true
		case sig := <-signals:
			if job.Ends(sig) {
				return false
			}
		}
	}
}

func outcomeOf(e job.Exit) push.Outcome {
	switch {
	case e.TimedOut:
		return push.TimedOut
	case e.Killed:
		return push.Killed
	case e.Code != 0:
		return push.Failure
	}
	return push.Success
}

// lock takes the job's lock for a run.
func (c *runCmd) lock(id string) (*job.Lock, error) {
	dir := c.LockDir
	if dir == "" {
		var err error
		if dir, err = stateFolder("locks"); err != nil {
			return nil, err
		}
	}
	host, _ := os.Hostname() // only told to people
	return job.TakeLock(dir, c.Job, c.grouping(), job.Holder{ID: id, PID: os.Getpid(), Host: host, Since: time.Now()})
}

// notRun is the end of a run whose lock can't be had.
func (c *runCmd) notRun(told *push.JobRun, h *herald, err error) error {
	held, ok := errors.AsType[*job.HeldError](err)
	if !ok {
		return &failure{fmt.Errorf("--no-overlap: %w", err), "--lock-dir names a folder that can be written", exitNoLock}
	}
	h.ended(told.Skip(context.Background()))
	if c.Quiet {
		err = errSilent
	} else {
		err = held
	}
	return &failure{err: err, code: exitOverlap}
}
