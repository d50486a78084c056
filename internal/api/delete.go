package api

import (
	"crypto/subtle"
	"errors"
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
	key, ok := a.namedGroup(w, r, r.URL.Query().Get("group"))
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

// deleteFromPage answers the form that confirmDelete shows.
func (a *API) deleteFromPage(w http.ResponseWriter, r *http.Request) {
	if err := a.checkForm(w, r); err != nil {
		a.problem(w, http.StatusForbidden, "Not deleted", err.Error())
		return
	}
	key, ok := a.namedGroup(w, r, r.PostFormValue("group"))
	if !ok {
		return
	}
	row := groupRow{GroupInfo: store.GroupInfo{Labels: key}}
	n, id, err := a.Door.Delete(r.Context(), origin(r, "page: "+row.Text()), []string{store.KeyOf(key)})
	if err != nil {
		a.problem(w, statusOf(w, err), "Not deleted", err.Error())
		return
	}
	a.Log.Info("group deleted from the web page", "group", row.Text(), "groups", n, "id", id, "source", r.RemoteAddr)
	http.Redirect(w, r, a.base+"/?deleted="+id, http.StatusSeeOther)
}

var errOldForm = errors.New("the form is from before the gateway's last start, or from another site: go back and try again")

// checkForm refuses forms that aren't ours: the token in them keeps other sites from
// sending one, should a browser not say where it comes from.
func (a *API) checkForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxHeaderBytes)
	if subtle.ConstantTimeCompare([]byte(r.PostFormValue("token")), []byte(a.formToken)) != 1 {
		return errOldForm
	}
	return nil
}

// namedGroup reads the path of a group that is to be deleted, or says on a page why not.
func (a *API) namedGroup(w http.ResponseWriter, r *http.Request, path string) ([]expo.Label, bool) {
	if !isGroupPath(path) {
		a.problem(w, http.StatusBadRequest, "No such group", "The link names no group.")
		return nil, false
	}
	key, err := a.links.parse(nil, path)
	if err != nil {
		a.problem(w, http.StatusBadRequest, "No such group", err.Error())
		return nil, false
	}
	if err := mayDelete(a.grantOf(r), key); err != nil {
		a.problem(w, statusOf(w, err), "Not allowed", err.Error())
		a.note(r, "delete refused", err)
		return nil, false
	}
	return key, true
}
