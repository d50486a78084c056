package api

import (
	"errors"
	"io"
	"net/http"
)

var errNoReload = errors.New("there is no configuration to reload")

// noLifecycle begins with Pushgateway's words.
const noLifecycle = "Lifecycle API is not enabled. Start with --web.enable-lifecycle to use it."

// mayControl reports whether r may stop or reload the gateway, and refuses if not.
func (a *API) mayControl(w http.ResponseWriter, r *http.Request) bool {
	if !a.EnableLifecycle {
		http.Error(w, noLifecycle, http.StatusForbidden)
		return false
	}
	return true
}

// quit stops the gateway. The answer is on its way before the stop begins, and
// a graceful stop waits for it.
func (a *API) quit(w http.ResponseWriter, r *http.Request) {
	if !a.mayControl(w, r) {
		return
	}
	io.WriteString(w, "Stopping once the requests in flight are answered. Goodbye!")
	_ = http.NewResponseController(w).Flush()
	if a.Quit != nil {
		a.Quit()
	}
}

func (a *API) reload(w http.ResponseWriter, r *http.Request) {
	if !a.mayControl(w, r) {
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
