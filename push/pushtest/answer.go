package pushtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// refusal is an error that knows how it is answered.
type refusal struct {
	status int
	header http.Header
	text   string
}

func (r *refusal) Error() string { return r.text }

// acknowledge answers a push that was applied, now or before, as the entry of
// that number. The record says so first, as the client may look at once.
func (x *exchange) acknowledge(number int, reply string) {
	status := http.StatusOK
	if x.r.Method == http.MethodDelete {
		status = http.StatusAccepted
	}
	if reply != "" {
		x.w.Header().Set("Content-Type", "application/json")
	}
	if !x.answer(status, reply) {
		return
	}
	x.g.mu.Lock()
	defer x.g.mu.Unlock()
	if x.resets == x.g.resets {
		x.g.ledger.acknowledge(number)
	}
}

func (x *exchange) refuse(err error) {
	status, text := http.StatusBadRequest, err.Error()
	var r *refusal
	if errors.As(err, &r) {
		status = r.status
		for name, values := range r.header {
			x.w.Header()[name] = values
		}
	}
	x.note(func(p *Push) { p.Refused = text })
	if x.push.Path == jsonPath {
		x.w.Header().Set("Content-Type", "application/json")
		x.answer(status, jsonError(text))
		return
	}
	x.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	x.answer(status, text+"\n")
}

// jsonError is how the API says what is wrong.
func jsonError(text string) string {
	b, err := json.Marshal(map[string]string{"status": "error", "errorType": "bad_data", "error": text})
	if err != nil {
		return text // strings can be marshalled
	}
	return string(b)
}

// answer writes the whole answer, and reports whether it went out.
func (x *exchange) answer(status int, text string) bool {
	x.note(func(p *Push) { p.Status = status })
	x.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	x.w.WriteHeader(status)
	_, err := x.w.Write([]byte(text))
	if err == nil || errors.Is(err, http.ErrBodyNotAllowed) {
		err = http.NewResponseController(x.w).Flush()
	}
	if err != nil {
		x.note(func(p *Push) { p.Status = 0 })
	}
	return err == nil
}
