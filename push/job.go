package push

import (
	"context"
	"errors"
)

// Job runs f and tells a gateway of it: that it began, and how it ended, as one run in
// the job's history and as metrics (see JobRun).
//
//	err := push.Job(ctx, "backup", func(ctx context.Context) error {
//		return backup(ctx, "/var/lib/tables")
//	})
//
// The environment's HEADGATE_URL or WithURL name the gateway. Neither a gateway that is
// down nor an option that is wrong keeps f from running, and f isn't held up: its begin
// is told beside it. Its end is told when it has returned, which takes at most as long as
// WithCloseTimeout says, 10 s if it doesn't. What isn't delivered by then is lost, or with
// WithSpool left to the next run.
//
// Job returns f's error joined with why something was lost: errors.Is and errors.As find
// both. A panic of f counts as a failure and goes on once that was told.
//
// Of the options it takes no notice of those that say when and how to push: the intervals,
// WithMerge, WithTotals and WithSamples.
func Job(ctx context.Context, name string, f func(context.Context) error, opts ...Option) error {
	r, bad := NewJobRun(name, opts...)
	if bad != nil {
		return join(f(ctx), bad)
	}
	r.Start(ctx)
	returned := false
	defer func() {
		if !returned { // a panic, or runtime.Goexit
			_ = r.End(ctx, JobResult{Outcome: Failure}) // nobody is left to be told
		}
	}()
	err := f(ctx)
	returned = true
	return join(err, r.End(ctx, JobResult{Outcome: outcomeOf(ctx, err)}))
}

// outcomeOf is a timeout only if the job's own time was up: an error may be that of any
// request that the job has made.
func outcomeOf(ctx context.Context, err error) Outcome {
	switch {
	case err == nil:
		return Success
	case errors.Is(err, context.DeadlineExceeded) && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return TimedOut
	}
	return Failure
}
