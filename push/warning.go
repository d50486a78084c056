package push

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Warning is what a target finds wrong with a batch that it may have taken all the same.
type Warning struct {
	// Rule is the stable id of what was broken, such as "label-uuid". Empty: not told.
	Rule string
	// Message says what was found, and what would be right.
	Message string
}

const (
	// mostWarnings is how many of one attempt are kept: a gateway sends ten and the
	// number of the others, and a batch may go in parts.
	mostWarnings = 32
	// mostWarningBytes is how much of a message is kept.
	mostWarningBytes = 512
)

// Warn hands a warning about the batch being sent to its Pusher, which logs and counts
// it. It is for a Transport: ctx is that of its Send, or made from it. With another,
// and after Send has returned, Warn does nothing. A warning given twice in one attempt
// is one, and of many only the first 32 are kept.
//
// It may be called by several goroutines.
func Warn(ctx context.Context, w Warning) {
	h, ok := ctx.Value(hearingKey{}).(*hearing)
	if !ok {
		return
	}
	if len(w.Message) > mostWarningBytes {
		w.Message = strings.ToValidUTF8(w.Message[:mostWarningBytes], "") + "…"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over && len(h.warnings) < mostWarnings && !slices.Contains(h.warnings, w) {
		h.warnings = append(h.warnings, w)
	}
}

type hearingKey struct{}

// hearing collects the warnings of one attempt.
type hearing struct {
	mu       sync.Mutex
	warnings []Warning
	over     bool
}

// hear returns ctx with which Warn reaches the hearing.
func hear(ctx context.Context) (context.Context, *hearing) {
	h := &hearing{}
	return context.WithValue(ctx, hearingKey{}, h), h
}

// end closes the hearing, so that the warnings are the caller's.
func (h *hearing) end() []Warning {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	return h.warnings
}
