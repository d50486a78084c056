package main

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headgate/headgate/push"
)

// newRun is the library's side of the run.
func (c *runCmd) newRun(w *herald) (*push.JobRun, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	transport, err := push.NewHTTP(push.HTTPConfig{URL: c.URL, Client: client})
	if err != nil {
		return nil, err
	}
	opts := []push.Option{
		push.WithTransport(transport), push.WithCloseTimeout(time.Duration(c.Grace)),
		push.WithLogger(slog.New(slog.DiscardHandler)), push.WithHook(w.saw),
	}
	if !c.NoSpool {
		if w.spool = c.spoolFolder(w); w.spool != "" {
			opts = append(opts, push.WithSpool(w.spool))
		}
	}
	return push.NewJobRun(c.Job, append(opts, c.asked()...)...)
}

// asked are the options that flags name.
func (c *runCmd) asked() (opts []push.Option) {
	if c.Instance != "" {
		opts = append(opts, push.WithInstance(c.Instance))
	}
	for _, l := range c.Label {
		name, value, _ := strings.Cut(l, "=")
		opts = append(opts, push.WithLabel(name, value))
	}
	if c.Expect > 0 {
		opts = append(opts, push.WithExpect(time.Duration(c.Expect)))
	}
	if c.TTL > 0 {
		opts = append(opts, push.WithTTL(time.Duration(c.TTL)))
	}
	if c.Schedule != "" {
		opts = append(opts, push.WithSchedule(c.Schedule, c.Timezone))
	}
	if c.MaxDuration > 0 {
		opts = append(opts, push.WithMaxDuration(time.Duration(c.MaxDuration)))
	}
	return opts
}

// grouping tells the job's kinds apart that may run at the same time.
func (c *runCmd) grouping() string {
	return strings.Join(slices.Sorted(slices.Values(c.Label)), "\xff")
}

// reserved are the labels that the run's groups have.
func (c *runCmd) reserved() []string {
	names := []string{"job", "instance"}
	for _, l := range c.Label {
		name, _, _ := strings.Cut(l, "=")
		names = append(names, name)
	}
	return names
}

// herald tells people what became of the pushes, in a line or two, since a cron job's
// output is a mail. Its methods may be called by several goroutines.
type herald struct {
	out    io.Writer
	people bool // read it at once
	quiet  bool
	spool  string // "" for none

	mu      sync.Mutex
	spooled int
	cause   error // of the last attempt that failed
	said    map[string]bool
}

// saw is the hook of the run's Pushers.
func (w *herald) saw(ev push.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ev.Err != nil {
		w.cause = ev.Err
	}
	if ev.State == push.Spooled {
		w.spooled++
	}
	if !w.people {
		return // what a gateway would have otherwise is no reason for a mail each night
	}
	for _, warning := range ev.Warnings {
		w.say("the gateway warns: " + warning.Message)
	}
}

// warn says something once.
func (w *herald) warn(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.say(fmt.Sprintf(format, args...))
}

// say is warn for who holds mu.
func (w *herald) say(text string) {
	if w.quiet || w.said[text] {
		return
	}
	if w.said == nil {
		w.said = map[string]bool{}
	}
	w.said[text] = true
	fmt.Fprintf(w.out, "headgate: %s\n", text)
}

// ended says what of the run the gateway hasn't got.
func (w *herald) ended(lost error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spooled > 0 {
		why := ""
		if w.cause != nil {
			why = ": " + shorten(w.cause)
		}
		w.say(fmt.Sprintf("not pushed yet%s; it goes out with the next run or headgate spool replay, from %s", why, w.spool))
	}
	if lost != nil {
		w.say("not pushed: " + shorten(lost))
	}
}

// shorten makes one line of an error.
func shorten(err error) string {
	const most = 500
	line := strings.Join(strings.Fields(err.Error()), " ")
	return line[:min(len(line), most)]
}
