package api

import (
	"io"
	"net/http"
)

// healthy takes no lock and asks nobody, so it answers however busy the gateway is.
func (a *API) healthy(w http.ResponseWriter, _ *http.Request) { answerOK(w) }

func (a *API) ready(w http.ResponseWriter, _ *http.Request) {
	if a.Ready != nil {
		if err := a.Ready(); err != nil {
			w.Header().Set("Retry-After", retryAfter)
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	answerOK(w)
}

func answerOK(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "OK")
}
