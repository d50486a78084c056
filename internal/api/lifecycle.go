package api

import (
	"errors"
	"io"
	"net/http"
)

var errNoReload = errors.New("there is no configuration to reload")

// lifecycle reports whether the lifecycle routes are on, and refuses if not.
func (a *API) lifecycle(w http.ResponseWriter) bool {
	if !a.EnableLifecycle {
		http.Error(w, "Lifecycle API is not enabled. Start with --web.enable-lifecycle to use it.", http.StatusForbidden)
	}
	return a.EnableLifecycle
}

// quit stops the gateway. The answer is on its way before the stop begins, and
// a graceful stop waits for it.
func (a *API) quit(w http.ResponseWriter, r *http.Request) {
	if !a.lifecycle(w) || !a.fromSameSite(w, r) {
		return
	}
	io.WriteString(w, "Stopping once the requests in flight are answered. Goodbye!")
	_ = http.NewResponseController(w).Flush()
	if a.Quit != nil {
		a.Quit()
	}
}

func (a *API) reload(w http.ResponseWriter, r *http.Request) {
	if !a.lifecycle(w) || !a.fromSameSite(w, r) {
		return
	}
	err := errNoReload
	if a.Reload != nil {
		err = a.Reload()
	}
	if err != nil {
		http.Error(w, "reload failed, the old configuration stays: "+err.Error(), http.StatusInternalServerError)
	}
}
