package api

import (
	"net/http"
	"strings"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// needs are the rights that routes ask for, by method and path; 0 asks for none. One
// that isn't here asks for admin: a new route is closed until somebody thinks of it.
var needs = map[string]access.Rights{
	"GET /-/healthy":        0,
	"GET /-/ready":          0,
	"GET /static/style.css": 0,
	"GET /static/icon.svg":  0,

	"GET /":                 access.Read,
	"GET /status":           access.Read,
	"GET /lint":             access.Read,
	"GET /runs":             access.Read,
	"GET /api/v1/status":    access.Read,
	"GET /api/v1/metrics":   access.Read,
	"GET /api/v1/groups":    access.Read,
	"GET " + pushersRoute:   access.Read,
	"GET /api/v1/lint":      access.Read,
	"GET /api/v1/runs":      access.Read,
	"GET " + telemetryRoute: access.Read,

	"POST /api/v1/push": access.Push,

	// For which groups is the handlers' to look at.
	"DELETE /api/v1/groups": access.Delete,
	"GET /groups/delete":    access.Delete,
	"POST /groups/delete":   access.Delete,

	"GET /deletes":             access.Admin,
	"GET /api/v1/audit":        access.Admin,
	"POST /groups/undo":        access.Admin,
	"POST /api/v1/groups/undo": access.Admin,
	"PUT /api/v1/admin/wipe":   access.Admin,
	"PUT /-/quit":              access.Admin,
	"POST /-/quit":             access.Admin,
	"PUT /-/reload":            access.Admin,
	"POST /-/reload":           access.Admin,
	"GET " + profileRoot + "*": access.Admin,
}

// pushersRoute stands for the paths that end like this.
const pushersRoute = groupRoot + "…/pushers"

// telemetryRoute stands for the path of the scrape, wherever it is.
const telemetryRoute = "(scrape)"

// need is the right that a route asks for, and whether anybody has said so.
func (a *API) need(method, path string) (access.Rights, bool) {
	switch {
	case path == a.TelemetryPath:
		path = telemetryRoute
	case strings.HasPrefix(path, profileRoot):
		path = profileRoot + "*"
	}
	right, said := needs[method+" "+path]
	if !said {
		return access.Admin, false
	}
	return right, true
}

// guard puts the right that each method of a route needs in front of its handler.
func (a *API) guard(path string, rt *route) {
	for method, h := range map[string]*http.HandlerFunc{
		http.MethodGet: &rt.get, http.MethodPut: &rt.put, http.MethodPost: &rt.post, http.MethodDelete: &rt.del,
	} {
		if right, _ := a.need(method, path); *h != nil && right != 0 {
			*h = a.guarded(right, *h)
		}
	}
	rt.guarded = true
}

// mayDelete refuses the delete of a group that the token isn't for.
func mayDelete(who access.Grant, key []expo.Label) error {
	if who.Covers(access.Delete, key) {
		return nil
	}
	return refuse(otherGroup, "token %s has no right to delete group {%s}", who.Name, groupRow{GroupInfo: store.GroupInfo{Labels: key}}.Text())
}

// mayDeleteAll refuses a delete of groups some of which the token isn't for. To delete the
// others would look as if all had gone. Their names are not for who can't read them.
func (a *API) mayDeleteAll(r *http.Request, groups []store.GroupInfo) error {
	who, others := a.grantOf(r), 0
	for i := range groups {
		if !who.Covers(access.Delete, groups[i].Labels) {
			others++
		}
	}
	if others == 0 {
		return nil
	}
	err := refuse(otherGroup, "token %s has no right to delete %s of these groups, so none was deleted: name only those that it is for", who.Name, grouped(others))
	a.note(r, "delete refused", err)
	return err
}
