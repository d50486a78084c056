package api

import (
	"crypto/subtle"
	"net/http"
	"slices"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// deletePage asks before a group goes.
type deletePage struct {
	frame
	Group groupRow
	Token string
}

// problemPage says what went wrong on a page.
type problemPage struct {
	frame
	Problem string
}

func (a *API) problem(w http.ResponseWriter, status int, title, problem string) {
	a.render(w, status, "problem", problemPage{a.frame(title), problem})
}

// confirmDelete answers GET /groups/delete?group=job/x/….
func (a *API) confirmDelete(w http.ResponseWriter, r *http.Request) {
	key, ok := a.namedGroup(w, r.URL.Query().Get("group"))
	if !ok {
		return
	}
	groups := a.Store.Groups(func(labels []expo.Label) bool { return slices.Equal(labels, key) })
	if len(groups) == 0 {
		a.problem(w, http.StatusNotFound, "No such group", "The group is gone already, or it never was.")
		return
	}
	a.render(w, http.StatusOK, "delete", deletePage{a.frame("Delete a group?"), a.row(groups[0]), a.formToken})
}

// deleteFromPage answers the form that confirmDelete shows. The token in it and
// the browser's word that the form is ours keep other sites from sending it.
func (a *API) deleteFromPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxHeaderBytes)
	if err := a.fromSameSite(r); err != nil {
		a.problem(w, http.StatusForbidden, "Not deleted", err.Error())
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.PostFormValue("token")), []byte(a.formToken)) != 1 {
		a.problem(w, http.StatusForbidden, "Not deleted", "The form is from before the gateway's last start, or from another site. Go back to the groups and try again.")
		return
	}
	key, ok := a.namedGroup(w, r.PostFormValue("group"))
	if !ok {
		return
	}
	if _, err := a.Door.Delete(r.Context(), []string{store.KeyOf(key)}); err != nil {
		a.problem(w, statusOf(w, err), "Not deleted", err.Error())
		return
	}
	a.Log.Info("group deleted from the web page", "group", groupRow{GroupInfo: store.GroupInfo{Labels: key}}.Text(), "source", r.RemoteAddr)
	http.Redirect(w, r, a.base+"/?deleted=1", http.StatusSeeOther)
}

// namedGroup reads a group's path, or says on a page why it can't.
func (a *API) namedGroup(w http.ResponseWriter, path string) ([]expo.Label, bool) {
	if !isGroupPath(path) {
		a.problem(w, http.StatusBadRequest, "No such group", "The link names no group.")
		return nil, false
	}
	key, err := a.links.parse(nil, path)
	if err != nil {
		a.problem(w, http.StatusBadRequest, "No such group", err.Error())
		return nil, false
	}
	return key, true
}
