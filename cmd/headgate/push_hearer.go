package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/headgate/headgate/push"
)

// hearer hears of attempts, from several goroutines.
type hearer struct {
	c        *pushCmd
	notes    io.Writer
	mu       sync.Mutex
	warnings []pushWarning
	last     error // why the last attempt failed
	told     bool
}

func (h *hearer) hear(ev push.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ev.State == push.Retrying {
		h.last = ev.Err
		if !h.told {
			h.c.note(h.notes, "%v; trying again for up to %s", h.c.explain(ev.Err), h.c.Timeout)
		}
		h.told = true
		return
	}
	for _, w := range ev.Warnings {
		h.warnings = append(h.warnings, pushWarning(w))
		h.c.note(h.notes, "warning: %s", strings.TrimPrefix(w.Rule+": "+w.Message, ": "))
	}
}

func (h *hearer) heard() []pushWarning {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.warnings
}

// cause is why the last attempt failed, or err if that isn't known.
func (h *hearer) cause(err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return cmp.Or(h.last, err)
}

// explain puts the library's error in the words of the other commands.
func (c *pushCmd) explain(err error) error {
	e, ok := errors.AsType[*push.SendError](err)
	switch {
	case ok && e.StatusCode > 0:
		said := cmp.Or(firstLine([]byte(e.Body)), http.StatusText(e.StatusCode))
		return fmt.Errorf("the gateway answered %d: %s", e.StatusCode, strings.TrimSpace(said))
	case ok, errors.Is(err, context.DeadlineExceeded):
		return c.unreachable(err)
	}
	return err
}
