package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/store"
)

// undoDelete answers POST /api/v1/groups/undo: it brings back what the last delete
// removed, or the one that the parameter id names.
func (a *API) undoDelete(w http.ResponseWriter, r *http.Request) {
	done, err := a.undo(r, r.URL.Query().Get("id"))
	if err != nil {
		jsonError(w, err)
		return
	}
	s := newStream(w)
	s.raw(`{"status":"success","data":{"id":`)
	s.buf = appendJSONString(s.buf, done.ID)
	s.raw(`,"restored":`)
	s.buf = strconv.AppendInt(s.buf, int64(done.Restored), 10)
	s.raw(`,"series":`)
	s.buf = strconv.AppendInt(s.buf, int64(done.Series), 10)
	s.raw(`,"skipped":[`)
	for i, skipped := range done.Skipped {
		if i > 0 {
			s.raw(",")
		}
		s.raw(`{"labels":`)
		labels, _ := store.Labels(skipped.Key) // it was resident
		s.buf = appendJSONLabels(s.buf, labels)
		s.raw(`,"reason":`)
		s.buf = appendJSONString(s.buf, skipped.Reason)
		s.raw("}")
		if !s.flush() {
			return
		}
	}
	s.raw("]}}")
	s.send()
}

func (a *API) undo(r *http.Request, id string) (ingest.Undone, error) {
	done, err := a.Door.Undo(r.Context(), origin(r, ""), id)
	if err == nil {
		a.Log.Info("delete undone", "id", done.ID, "groups", done.Restored, "skipped", len(done.Skipped), "source", r.RemoteAddr)
	}
	return done, err
}

// audit answers GET /api/v1/audit: deletes, wipes and undos, the newest first.
func (a *API) audit(w http.ResponseWriter, _ *http.Request) {
	now := time.Now()
	s := newStream(w)
	s.raw(`{"status":"success","data":[`)
	for i, e := range a.Store.Audit() {
		if i > 0 {
			s.raw(",")
		}
		s.auditEntry(&e, now)
		if !s.flush() {
			return
		}
	}
	s.raw("]}")
	s.send()
}

func (s *stream) auditEntry(e *store.AuditEntry, now time.Time) {
	s.raw(`{"id":`)
	s.buf = appendJSONString(s.buf, e.ID)
	s.raw(`,"time":`)
	s.buf = appendJSONTime(s.buf, time.Unix(0, e.Time))
	for _, field := range [...]struct{ name, value string }{
		{"action", e.Action.String()}, {"user", e.Origin.User}, {"address", e.Origin.Address}, {"what", e.Origin.What},
	} {
		s.raw(`,"` + field.name + `":`)
		s.buf = appendJSONString(s.buf, field.value)
	}
	for _, field := range [...]struct {
		name  string
		value int
	}{{"groups", e.Groups}, {"series", e.Series}, {"restored", e.Undone}} {
		s.raw(`,"` + field.name + `":`)
		s.buf = strconv.AppendInt(s.buf, int64(field.value), 10)
	}
	s.raw(`,"undo_until":`)
	s.buf = appendJSONTime(s.buf, undoUntil(e, now))
	s.raw("}")
}

// undoUntil is to when a delete can be undone, zero if it can't.
func undoUntil(e *store.AuditEntry, now time.Time) time.Time {
	if e.Action == store.ActionUndo || e.Until == 0 || e.Until < now.UnixNano() {
		return time.Time{}
	}
	return time.Unix(0, e.Until)
}

// deletesPage is the page at /deletes.
type deletesPage struct {
	frame
	Notice, Token string
	Deletes       []deleteRow
}

type deleteRow struct {
	store.AuditEntry
	At, Until time.Time
}

// deletes answers GET /deletes: who deleted what, and what can be brought back.
func (a *API) deletes(w http.ResponseWriter, r *http.Request) {
	p := deletesPage{frame: a.frame("Deletes"), Token: a.formToken}
	if n := r.URL.Query().Get("restored"); n != "" {
		p.Notice = restoredNotice(n, r.URL.Query().Get("skipped"))
	}
	now := time.Now()
	for _, e := range a.Store.Audit() {
		p.Deletes = append(p.Deletes, deleteRow{e, time.Unix(0, e.Time), undoUntil(&e, now)})
		if len(p.Deletes) == groupsPerPage {
			break
		}
	}
	a.render(w, http.StatusOK, "deletes", p)
}

func restoredNotice(restored, skipped string) string {
	n, _ := strconv.Atoi(restored)
	notice := "Groups brought back: " + grouped(n) + "."
	if n, _ := strconv.Atoi(skipped); n > 0 {
		notice += " Left out, since they were pushed again meanwhile or don't go with what was: " + grouped(n) + "."
	}
	return notice
}

// undoFromPage answers the forms of that page.
func (a *API) undoFromPage(w http.ResponseWriter, r *http.Request) {
	if err := a.checkForm(w, r); err != nil {
		a.problem(w, http.StatusForbidden, "Not undone", err.Error())
		return
	}
	done, err := a.undo(r, r.PostFormValue("id"))
	if err != nil {
		a.problem(w, statusOf(w, err), "Not undone", err.Error())
		return
	}
	v := url.Values{"restored": {strconv.Itoa(done.Restored)}, "skipped": {strconv.Itoa(len(done.Skipped))}}
	http.Redirect(w, r, a.base+"/deletes?"+v.Encode(), http.StatusSeeOther)
}
