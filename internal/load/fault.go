package load

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Faults are the pushes that were not granted, by class: the status of the answer, or
// "timeout" or "connection" where there was none.
type Faults map[string]int

// Sum is how many there are.
func (f Faults) Sum() (n int) {
	for _, count := range f {
		n += count
	}
	return n
}

// String lists the classes, as in "12 × 422, 3 × connection".
func (f Faults) String() string {
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(f)) {
		parts = append(parts, fmt.Sprintf("%d × %s", f[class], class))
	}
	return strings.Join(parts, ", ")
}

// after is for the end of an error.
func (f Faults) after() string {
	if len(f) == 0 {
		return ""
	}
	return " (" + f.String() + ")"
}

// statusError is an answer that grants nothing.
type statusError struct {
	code   int
	answer string // head and body
}

func (e *statusError) Error() string {
	_, body, _ := strings.Cut(e.answer, "\r\n\r\n")
	return fmt.Sprintf("answered %d: %q", e.code, strings.TrimSpace(body))
}

// faultCounter is filled by all connections of a run.
type faultCounter struct {
	mu     sync.Mutex
	counts Faults
}

func (c *faultCounter) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = Faults{}
	}
	c.counts[class(err)]++
}

func class(err error) string {
	if s, ok := errors.AsType[*statusError](err); ok {
		return strconv.Itoa(s.code)
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return "timeout"
	}
	return "connection"
}
