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
func (c *runCmd) newRun(h *herald) (*push.JobRun, error) {
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
		push.WithLogger(slog.New(slog.DiscardHandler)), push.WithHook(h.saw),
	}
	if !c.NoSpool {
		if h.spool = c.spoolFolder(h); h.spool != "" {
			opts = append(opts, push.WithSpool(h.spool))
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
func (h *herald) saw(ev push.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ev.Err != nil {
		h.cause = ev.Err
	}
	if ev.State == push.Spooled {
		h.spooled++
	}
	if !h.people {
		return // what a gateway would have otherwise is no reason for a mail each night
	}
	for _, warning := range ev.Warnings {
		h.say("the gateway warns: " + warning.Message)
	}
}

// warn says something once.
func (h *herald) warn(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.say(fmt.Sprintf(format, args...))
}

// say is warn for who holds mu.
func (h *herald) say(text string) {
	if h.quiet || h.said[text] {
		return
	}
	if h.said == nil {
		h.said = map[string]bool{}
	}
	h.said[text] = true
	fmt.Fprintf(h.out, "headgate: %s\n", text)
}

// ended says what of the run the gateway hasn't got.
func (h *herald) ended(lost error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.spooled > 0 {
		why := ": no answer within --grace"
		if h.cause != nil {
			why = ": " + shorten(h.cause)
		}
		h.say(fmt.Sprintf("not pushed yet%s; it goes out with the next run or headgate spool replay, from %s", why, h.spool))
	}
	if lost != nil {
		h.say("not pushed: " + shorten(lost))
	}
}

// shorten makes one line of an error, which may be several that are joined, or have a
// server's answer in it.
func shorten(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return oneLine(strings.Join(lines, "; "))
}
