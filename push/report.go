package push

import (
	"strings"
	"sync"
	"time"
)

// reporter counts, logs and calls the hook. Its methods may be called with locks
// held, but for event.
type reporter struct {
	p     *Pusher
	once  sync.Once
	made  *telemetry
	quiet quiet

	rules    rules
	warnings quiet // of what targets warn of, by rule and subject
}

func newReporter(p *Pusher) *reporter { return &reporter{p: p} }

// telemetry is made when first needed: a Pusher of the compatible kind lives for one push.
func (r *reporter) telemetry() *telemetry {
	r.once.Do(func() { r.made = newTelemetry() })
	return r.made
}

const tryingAgain = "a push failed and will be tried again"

// event tells of a change of a batch's state.
func (r *reporter) event(ev Event) {
	t := r.telemetry()
	t.batches.WithLabelValues(ev.Target, ev.State.String()).Inc()
	t.samples.WithLabelValues(ev.Target, ev.State.String()).Add(float64(ev.Samples))
	switch {
	case ev.State == Succeeded:
		t.success.WithLabelValues(ev.Target).SetToCurrentTime()
		if r.quiet.over(tryingAgain, ev.Target) {
			r.p.logger.Info("push: the target takes pushes again", "target", ev.Target, "job", ev.Job)
		}
	case ev.State == Failed && !ev.told:
		r.log("a batch is lost", ev.Target, "job", ev.Job, "samples", ev.Samples, "err", inLog(ev.Err))
	case ev.State == Retrying:
		r.log(tryingAgain, ev.Target, "job", ev.Job, "attempt", ev.Attempt,
			"wait", ev.Wait.Round(time.Millisecond), "err", inLog(ev.Err))
	}
	if r.p.hook != nil {
		r.p.hook(ev)
	}
}

func (r *reporter) attempted(target string, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = ClassOf(err).String()
	}
	r.telemetry().attempts.WithLabelValues(target, result).Inc()
	r.telemetry().seconds.WithLabelValues(target).Observe(took.Seconds())
}

func (r *reporter) spoolTrouble(target string, err error) {
	r.telemetry().spool.Inc()
	r.log("the spool fails; what it can't take waits in memory", target, "err", err)
}

// spooled is of what Close couldn't send.
func (r *reporter) spooled(target string, batches, samples int, cause error) {
	r.log("what could not be sent is left in the spool", target, "job", r.p.job, "batches", batches, "samples", samples, "err", inLog(cause))
}

// refused is of a sample that the Recorder didn't take; it counts them itself.
func (r *reporter) refused(err error) {
	r.log("a sample was not recorded", "", "job", r.p.job, "err", err)
}

func (r *reporter) gatherFailed() { r.telemetry().failures.Inc() }

func (r *reporter) length(d time.Duration) { r.telemetry().interval.Set(d.Seconds()) }

// inLog is an error without the line end that a server's answer may bring along.
func inLog(err error) string { return strings.TrimSpace(err.Error()) }

// log warns, of each kind of trouble with each target, "" for none, once a minute at most.
func (r *reporter) log(msg, target string, args ...any) {
	if held, ok := r.quiet.next(msg, target, time.Now(), quietFor); ok {
		if target != "" {
			args = append([]any{"target", target}, args...)
		}
		if held > 0 {
			args = append(args, "suppressed", held)
		}
		r.p.logger.Warn("push: "+msg, args...)
	}
}

// quiet holds back repeated log lines. The zero value works.
type quiet struct {
	mu    sync.Mutex
	kinds map[kind]*repeated
}

type kind struct{ msg, target string }

type repeated struct {
	next time.Time
	held int
	said bool // and not over since
}

const quietFor = time.Minute

// next says whether a line of this kind is due, which one every so often is, and how
// many were held back before it.
func (q *quiet) next(msg, target string, now time.Time, every time.Duration) (held int, due bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.kinds[kind{msg, target}]
	if k == nil {
		if q.kinds == nil {
			q.kinds = map[kind]*repeated{}
		}
		k = &repeated{}
		q.kinds[kind{msg, target}] = k
	}
	if now.Before(k.next) {
		k.held++
		return 0, false
	}
	held, k.held, k.next, k.said = k.held, 0, now.Add(every), true
	return held, true
}

// full is whether there are so many kinds.
func (q *quiet) full(most int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.kinds) >= most
}

// over is whether a trouble that is over now was told of.
func (q *quiet) over(msg, target string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.kinds[kind{msg, target}]
	if k == nil || !k.said {
		return false
	}
	k.said = false
	return true
}
