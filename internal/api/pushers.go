package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/store"
)

const groupRoot = apiRoot + "groups/"

// pushers is the route of GET /api/v1/groups/…/pushers, nil for any other path. What
// stands between is a grouping key as in the URL of a push.
func (a *API) pushers(path string) *route {
	rest, below := strings.CutPrefix(path, groupRoot)
	group, named := strings.CutSuffix(rest, "/pushers")
	if !below || !named || !isGroupPath(group) {
		return nil
	}
	rt := &route{get: func(w http.ResponseWriter, _ *http.Request) { a.listPushers(w, group) }, allow: getAllow}
	a.guard(pushersRoute, rt)
	return rt
}

// listPushers answers who has pushed to a group's sum, how much and when last.
func (a *API) listPushers(w http.ResponseWriter, group string) {
	mode, pushers, err := a.contributors(group)
	if err != nil {
		jsonError(w, err)
		return
	}
	s := newStream(w)
	s.raw(`{"status":"success","data":{"aggregate":`)
	s.buf = appendJSONString(s.buf, mode.String())
	s.raw(`,"pushers":[`)
	for i := range pushers {
		if i > 0 {
			s.raw(",")
		}
		s.pusher(&pushers[i])
		if !s.flush() {
			return
		}
	}
	s.raw("]}}")
	s.send()
}

func (s *stream) pusher(c *store.Contributor) {
	s.raw(`{"name":`)
	s.buf = appendJSONString(s.buf, c.Name)
	s.raw(`,"pushes":`)
	s.buf = strconv.AppendUint(s.buf, c.Pushes, 10)
	s.raw(`,"samples":`)
	s.buf = strconv.AppendUint(s.buf, c.Samples, 10)
	s.raw(`,"last_push":`)
	s.buf = appendJSONTime(s.buf, time.Unix(0, c.LastPush))
	s.raw("}")
}

// contributors finds a group by its own key, or by that of one of its pushers.
func (a *API) contributors(group string) (store.Mode, []store.Contributor, error) {
	key, err := a.keys.parse(nil, group)
	if err != nil {
		return 0, nil, err
	}
	if key, err = a.Door.Key(key); err != nil {
		return 0, nil, err
	}
	mode, list, ok := a.Store.Contributors(store.KeyOf(key))
	if !ok {
		mode, list, ok = a.Store.Contributors(store.KeyOf(a.Door.SumKey(key)))
	}
	if !ok {
		return 0, nil, refuse(notThere, "no such group: %q: GET %sgroups lists those that there are", brief(group), apiRoot)
	}
	return mode, list, nil
}
