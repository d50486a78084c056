package scrape

import (
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/klauspost/compress/gzip"
)

// Handler answers scrapes, in the format and encoding that are asked for. It is
// safe for concurrent use. Methods other than GET and HEAD are the caller's to refuse.
//
// The query parameter match[], a series selector which may be repeated, restricts
// the answer to series that any of them selects, and shard=i/n to those of the i-th
// of n parts of all groups; together they select what both do.
type Handler struct {
	// View returns what is to be shown, and a number for Done: called once for every scrape.
	View func() (*View, uint64)
	// Done, if not nil, is called once a GET has been answered whole.
	Done func(r *http.Request, seq uint64)
	// Created adds _created lines to OpenMetrics.
	Created bool
	// Log gets an error if resident data can't be shown. nil: slog.Default.
	Log *slog.Logger
}

// ServeHTTP answers one scrape.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	filter, err := parseFilter(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	k, contentType := negotiate(r.Header)
	k.created = h.Created && k.syntax == asOpenMetrics
	k.gzip = acceptsGzip(r.Header)

	header := w.Header()
	header.Add("Vary", "Accept")
	header.Add("Vary", "Accept-Encoding")
	if filter.all() {
		h.serveAll(w, r, k, contentType)
	} else {
		h.serveSelection(w, r, k, contentType, filter)
	}
}

func setContent(header http.Header, k key, contentType string) {
	header.Set("Content-Type", contentType)
	if k.gzip {
		header.Set("Content-Encoding", "gzip")
	}
}

func (h *Handler) serveAll(w http.ResponseWriter, r *http.Request, k key, contentType string) {
	view, seq := h.View()
	b, err := view.body(k)
	if err != nil {
		h.log().Error("scrape failed", "format", contentType, "err", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	setContent(w.Header(), k, contentType)
	w.Header().Set("Content-Length", strconv.FormatInt(b.size, 10))
	if r.Method == http.MethodHead {
		return
	}
	if _, err := b.WriteTo(w); err == nil { // else the scraper went away
		h.done(r, seq)
	}
}

func (h *Handler) done(r *http.Request, seq uint64) {
	if h.Done != nil {
		h.Done(r, seq)
	}
}

func (h *Handler) serveSelection(w http.ResponseWriter, r *http.Request, k key, contentType string, f *filter) {
	setContent(w.Header(), k, contentType)
	if r.Method == http.MethodHead {
		return
	}
	out := &trackedWriter{w: w}
	view, seq := h.View()
	err := view.writeEncoded(out, k, f)
	switch {
	case err == nil:
		h.done(r, seq)
		return
	case out.err != nil:
		return // the scraper went away
	}
	h.log().Error("scrape failed", "format", contentType, "err", err)
	// A part may have been sent: break the connection off, lest it be taken for the whole.
	panic(http.ErrAbortHandler)
}

// writeEncoded is writeSelection, compressed if k says so.
func (v *View) writeEncoded(w io.Writer, k key, f *filter) error {
	plain := k
	plain.gzip = false
	if !k.gzip {
		return v.writeSelection(w, plain, f)
	}
	zip, err := gzip.NewWriterLevel(w, gzipLevel)
	if err != nil {
		return err
	}
	if err := v.writeSelection(zip, plain, f); err != nil {
		return err
	}
	return zip.Close()
}

func (h *Handler) log() *slog.Logger {
	if h.Log == nil {
		return slog.Default()
	}
	return h.Log
}

// trackedWriter remembers w's error, to tell it from those of what is written.
type trackedWriter struct {
	w   io.Writer
	err error
}

func (t *trackedWriter) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if err != nil {
		t.err = err
	}
	return n, err
}
