package api

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// pace is how slowly a body may arrive. A client that falls behind is cut off,
// so that it can't hold a connection and a buffer for longer than its bytes are
// worth.
type pace struct {
	grace time.Duration // on top of the time that the rate grants
	rate  int64         // bytes per second
	now   func() time.Time
}

// paceStep is how many bytes go by between two moves of the deadline. A push
// that is smaller lives with the server's ReadTimeout and costs no system call.
const paceStep = 64 << 10

// wire is a body as it arrives: counted, bounded and paced.
type wire struct {
	src   io.Reader
	ctrl  http.ResponseWriter
	limit int64
	pace  pace

	n     int64
	next  int64     // the deadline moves when n gets here
	start time.Time // when it first moved
	err   error     // what the connection said, EOF left out
}

var errWireTooLarge = errors.New("body too large")

func (w *wire) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.n >= w.next {
		w.extend()
	}
	n, err := w.src.Read(p)
	w.n += int64(n)
	if w.n > w.limit {
		err = errWireTooLarge
	}
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// extend grants the time that what has arrived so far is worth.
func (w *wire) extend() {
	w.next = w.n + paceStep
	if w.n == 0 {
		return
	}
	if w.start.IsZero() {
		w.start = w.pace.now()
	}
	worth := time.Duration(float64(w.n) / float64(w.pace.rate) * float64(time.Second))
	// A writer that knows no deadlines is a test's recorder.
	_ = http.NewResponseController(w.ctrl).SetReadDeadline(w.start.Add(w.pace.grace + worth))
}

// finish lifts a deadline that extend set: once passed it would cancel the
// request's context, maybe in the middle of a slow sync of the journal.
func (w *wire) finish() {
	if !w.start.IsZero() {
		_ = http.NewResponseController(w.ctrl).SetReadDeadline(time.Time{})
	}
}

func (w *wire) explain() error {
	var timeout net.Error
	switch {
	case errors.As(w.err, &timeout) && timeout.Timeout():
		return refuse(tooSlow, "the body comes too slowly: %d bytes so far, want them within %s plus a second for each %d bytes",
			w.n, w.pace.grace, w.pace.rate)
	case errors.Is(w.err, io.ErrUnexpectedEOF):
		return refuse(disconnected, "the body ended after %d bytes, before the length that was announced", w.n)
	}
	return refuse(disconnected, "reading the body failed after %d bytes: %v", w.n, w.err)
}
