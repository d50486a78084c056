package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/store"
)

// listGroups answers GET /api/v1/groups: the groups that match[], group and q select,
// all of them without one. sort and limit are for those who show a part: how many were
// selected, failed or overdue is counted over all.
func (a *API) listGroups(w http.ResponseWriter, r *http.Request) {
	l, err := a.listing(r)
	if err != nil {
		jsonError(w, err)
		return
	}
	groups := a.Store.Groups(l.keep)
	sortGroups(groups, l.sort)
	failing, overdue := troubled(groups)
	s := newStream(w)
	s.raw(`{"status":"success"`)
	s.count("matched", len(groups))
	s.count("failing", failing)
	s.count("overdue", overdue)
	s.raw(`,"data":`)
	if l.limit > 0 {
		groups = groups[:min(l.limit, len(groups))]
	}
	s.groups(groups)
	s.raw("}")
	s.send()
}

// troubled counts the groups whose last push was refused, and those whose next is late.
func troubled(groups []store.GroupInfo) (failing, overdue int) {
	now := time.Now()
	for i := range groups {
		if !groups[i].LastPushOK {
			failing++
		}
		if groups[i].Overdue(now) {
			overdue++
		}
	}
	return failing, overdue
}

// count appends a member that is a number.
func (s *stream) count(name string, n int) {
	s.raw(`,"` + name + `":`)
	s.buf = strconv.AppendInt(s.buf, int64(n), 10)
}

// deleteGroups answers DELETE /api/v1/groups?match[]=…: it removes the groups
// that are selected and lists them. With dry_run=1 it only lists.
func (a *API) deleteGroups(w http.ResponseWriter, r *http.Request) {
	groups, dryRun, err := a.doomed(r)
	if err == nil {
		err = a.mayDeleteAll(r, groups)
	}
	deleted, id := 0, ""
	if err == nil && !dryRun && len(groups) > 0 {
		deleted, id, err = a.Door.Delete(r.Context(), origin(r, whatGoes(r)), keysOf(groups))
	}
	if err != nil {
		jsonError(w, err)
		return
	}
	if deleted > 0 {
		a.Log.Info("groups deleted", "groups", deleted, "match", whatGoes(r), "id", id, "source", r.RemoteAddr)
	}
	s := newStream(w)
	s.raw(`{"status":"success","data":{"dry_run":`)
	s.buf = strconv.AppendBool(s.buf, dryRun)
	s.raw(`,"matched":`)
	s.buf = strconv.AppendInt(s.buf, int64(len(groups)), 10)
	s.raw(`,"deleted":`)
	s.buf = strconv.AppendInt(s.buf, int64(deleted), 10)
	if deleted > 0 {
		s.raw(`,"id":`)
		s.buf = appendJSONString(s.buf, id)
	}
	s.raw(`,"groups":`)
	s.groups(groups)
	s.raw("}}")
	s.send()
}

// whatGoes is what a delete is to be remembered by: its selectors, and the groups it names.
func whatGoes(r *http.Request) string {
	query := r.URL.Query()
	return strings.Join(append(query["match[]"], query["group"]...), " ")
}

// doomed lists the groups that a delete is about.
func (a *API) doomed(r *http.Request) ([]store.GroupInfo, bool, error) {
	dryRun, err := isSet(r, "dry_run")
	if err != nil {
		return nil, false, err
	}
	keep, err := a.selection(r)
	if err != nil {
		return nil, false, err
	}
	if keep == nil {
		return nil, false, refuse(invalid, `match[] is required: name the groups to delete, as in match[]={job="x"}, or one with group=job/x; all of them go with PUT %sadmin/wipe`, apiRoot)
	}
	return a.Store.Groups(keep), dryRun, nil
}

func keysOf(groups []store.GroupInfo) []string {
	keys := make([]string, len(groups))
	for i := range groups {
		keys[i] = groups[i].Key
	}
	return keys
}

// groups appends a list of groups.
func (s *stream) groups(groups []store.GroupInfo) {
	s.raw("[")
	for i := range groups {
		if i > 0 {
			s.raw(",")
		}
		s.group(&groups[i])
		if !s.flush() {
			return
		}
	}
	s.raw("]")
}

// lifetime appends how long a group stays.
func (s *stream) lifetime(g *store.GroupInfo) {
	s.raw(`,"ttl_seconds":`)
	s.buf = strconv.AppendFloat(s.buf, g.TTL.Seconds(), 'f', -1, 64)
	s.raw(`,"expires":`)
	s.buf = appendJSONTime(s.buf, g.Expires)
	s.raw(`,"keep_until_scraped":`)
	s.buf = strconv.AppendBool(s.buf, g.KeepUntilScraped)
	s.raw(`,"expect_seconds":`)
	s.buf = strconv.AppendFloat(s.buf, g.Expect.Seconds(), 'f', -1, 64)
	s.raw(`,"overdue":`)
	s.buf = strconv.AppendBool(s.buf, g.Overdue(time.Now()))
}

func (s *stream) group(g *store.GroupInfo) {
	s.raw(`{"labels":`)
	s.buf = appendJSONLabels(s.buf, byName(g.Labels))
	s.raw(`,"last_push":`)
	s.buf = appendJSONTime(s.buf, g.LastPush)
	s.raw(`,"last_failure":`)
	s.buf = appendJSONTime(s.buf, g.LastFailure)
	s.raw(`,"last_push_successful":`)
	s.buf = strconv.AppendBool(s.buf, g.LastPushOK)
	s.lifetime(g)
	s.raw(`,"aggregate":`)
	s.buf = appendJSONString(s.buf, g.Aggregate.String())
	s.raw(`,"families":`)
	s.buf = strconv.AppendInt(s.buf, int64(g.Families), 10)
	s.raw(`,"series":`)
	s.buf = strconv.AppendInt(s.buf, int64(g.Series), 10)
	s.raw(`,"bytes":`)
	s.buf = strconv.AppendInt(s.buf, int64(g.Bytes), 10)
	s.raw("}")
}
