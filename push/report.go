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
}

func newReporter(p *Pusher) *reporter { return &reporter{p: p} }

// telemetry is made when first needed: a Pusher of the compatible kind lives for one push.
func (r *reporter) telemetry() *telemetry {
	r.once.Do(func() { r.made = newTelemetry() })
	return r.made
}

// event tells of a change of a batch's state.
func (r *reporter) event(ev Event) {
	t := r.telemetry()
	t.batches.WithLabelValues(ev.Target, ev.State.String()).Inc()
	t.samples.WithLabelValues(ev.Target, ev.State.String()).Add(float64(ev.Samples))
	switch {
	case ev.State == Succeeded:
		t.success.WithLabelValues(ev.Target).SetToCurrentTime()
	case ev.State == Failed && !ev.told:
		r.log("a batch is lost", "target", ev.Target, "job", ev.Job, "samples", ev.Samples, "err", inLog(ev.Err))
	case ev.State == Retrying:
		r.log("a push failed and will be tried again", "target", ev.Target, "job", ev.Job, "attempt", ev.Attempt,
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
	r.log("the spool fails; what it can't take waits in memory", "target", target, "err", err)
}

// refused is of a sample that the Recorder didn't take; it counts them itself.
func (r *reporter) refused(err error) { r.log("a sample was not recorded", "job", r.p.job, "err", err) }

func (r *reporter) gatherFailed() { r.telemetry().failures.Inc() }

func (r *reporter) length(d time.Duration) { r.telemetry().interval.Set(d.Seconds()) }

// inLog is an error without the line end that a server's answer may bring along.
func inLog(err error) string { return strings.TrimSpace(err.Error()) }

// log warns, of each kind of trouble once a minute at most.
func (r *reporter) log(msg string, args ...any) {
	if held, ok := r.quiet.next(msg, time.Now()); ok {
		if held > 0 {
			args = append(args, "suppressed", held)
		}
		r.p.logger.Warn("push: "+msg, args...)
	}
}

// quiet holds back repeated log lines. The zero value works.
type quiet struct {
	mu    sync.Mutex
	kinds map[string]*repeated
}

type repeated struct {
	next time.Time
	held int
}

const quietFor = time.Minute

// next says whether a line of this kind is due, and how many were held back before it.
func (q *quiet) next(msg string, now time.Time) (held int, due bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.kinds[msg]
	if k == nil {
		if q.kinds == nil {
			q.kinds = map[string]*repeated{}
		}
		k = &repeated{}
		q.kinds[msg] = k
	}
	if now.Before(k.next) {
		k.held++
		return 0, false
	}
	held, k.held, k.next = k.held, 0, now.Add(quietFor)
	return held, true
}
