package api

import (
	"errors"
	"net/http"
)

var errOtherSite = errors.New("refused: the request comes from a page of another site. " +
	"If that page is the gateway's own behind a proxy, start with --web.external-url=")

// wipe removes every group. The route exists only with --web.enable-admin-api.
func (a *API) wipe(w http.ResponseWriter, r *http.Request) {
	if err := a.fromSameSite(r); err != nil {
		writeJSONError(w, http.StatusForbidden, err.Error())
		return
	}
	n, id, err := a.Door.Wipe(r.Context(), origin(r, "wipe"))
	if err != nil {
		jsonError(w, err)
		return
	}
	a.Log.Info("all groups wiped", "groups", n, "id", id, "source", r.RemoteAddr)
	w.WriteHeader(http.StatusAccepted)
}

// fromSameSite returns an error for what a page of another site makes a browser
// send. Other clients than browsers are not concerned.
func (a *API) fromSameSite(r *http.Request) error {
	if a.sameSite.Check(r) == nil {
		return nil
	}
	return errOtherSite
}
