package api

import "net/http"

// wipe removes every group. The route exists only with --web.enable-admin-api.
func (a *API) wipe(w http.ResponseWriter, r *http.Request) {
	n, id, err := a.Door.Wipe(r.Context(), origin(r, "wipe"))
	if err != nil {
		jsonError(w, err)
		return
	}
	a.Log.Info("all groups wiped", "groups", n, "id", id, "source", r.RemoteAddr)
	w.WriteHeader(http.StatusAccepted)
}
