package api

import "net/http"

// streamChunk is how much JSON is gathered before it is sent, in bytes.
const streamChunk = 64 << 10

// stream writes a long JSON answer in chunks. The answer's parts are appended to
// buf, and flush sends it when there is enough.
type stream struct {
	w   http.ResponseWriter
	buf []byte
	err error // the client went away: what follows is not worth making
}

func newStream(w http.ResponseWriter) *stream {
	w.Header().Set("Content-Type", "application/json")
	return &stream{w: w, buf: make([]byte, 0, streamChunk+streamChunk/4)}
}

// flush sends buf if it holds a chunk. It reports whether to go on.
func (s *stream) flush() bool {
	if len(s.buf) >= streamChunk {
		s.send()
	}
	return s.err == nil
}

func (s *stream) send() {
	if s.err == nil {
		_, s.err = s.w.Write(s.buf)
	}
	s.buf = s.buf[:0]
}

// raw appends s as it is.
func (s *stream) raw(json string) { s.buf = append(s.buf, json...) }
