package api

import "net/http"

// wipe removes every group. The route exists only with --web.enable-admin-api.
func (a *API) wipe(w http.ResponseWriter, r *http.Request) {
	if !a.fromSameSite(w, r) {
		return
	}
	n, err := a.Door.Wipe(r.Context())
	if err != nil {
		jsonError(w, err)
		return
	}
	a.Log.Info("all groups wiped", "groups", n, "source", r.RemoteAddr)
	w.WriteHeader(http.StatusAccepted)
}

// fromSameSite refuses what a page of another site makes a browser send. Other
// clients than browsers are not concerned.
func (a *API) fromSameSite(w http.ResponseWriter, r *http.Request) bool {
	if err := a.sameSite.Check(r); err != nil {
		http.Error(w, "refused: the request comes from a page of another site. If that page is the gateway's own behind a proxy, start with --web.external-url=", http.StatusForbidden)
		return false
	}
	return true
}
