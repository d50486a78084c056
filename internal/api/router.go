package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	pushRoot    = "/metrics/"
	apiRoot     = "/api/v1/"
	profileRoot = "/debug/pprof/"
)

// route is one path and what answers its methods. HEAD is answered by get,
// OPTIONS by the router.
type route struct {
	get, put, post, del http.HandlerFunc
	allow               string
	guarded             bool // whether the rights that it needs are in front of its handlers
}

func (rt *route) handler(method string) http.HandlerFunc {
	switch method {
	case http.MethodGet, http.MethodHead:
		return rt.get
	case http.MethodPut:
		return rt.put
	case http.MethodPost:
		return rt.post
	case http.MethodDelete:
		return rt.del
	}
	return nil
}

// allowed is the Allow header of a path, in alphabetical order as Pushgateway has it.
func (rt *route) allowed() string {
	methods := []string{http.MethodOptions}
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete} {
		if rt.handler(m) != nil {
			methods = append(methods, m)
		}
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// What is allowed where no route says it.
const (
	pushAllow = "DELETE, OPTIONS, POST, PUT"
	getAllow  = "GET, HEAD, OPTIONS"
)

// register fills the table of fixed paths, all below the route prefix.
func (a *API) register() error {
	a.routes = map[string]*route{
		"/":                 {get: a.page},
		"/status":           {get: a.page},
		"/groups/delete":    {get: a.confirmDelete, post: a.deleteFromPage},
		"/static/style.css": {get: static("text/css; charset=utf-8", styleSheet)},
		"/static/icon.svg":  {get: static("image/svg+xml", iconImage)},
		"/-/healthy":        {get: a.healthy},
		"/-/ready":          {get: a.ready},
		"/-/quit":           {put: a.quit, post: a.quit},
		"/-/reload":         {put: a.reload, post: a.reload},
		apiRoot + "status":  {get: a.status},
		apiRoot + "metrics": {get: a.metrics},
		apiRoot + "push":    {post: a.servePushJSON},
		apiRoot + "groups":  {get: a.listGroups, del: a.deleteGroups},
		apiRoot + "audit":   {get: a.audit},
		apiRoot + "lint":    {get: a.listFindings},
		apiRoot + "runs":    {get: a.listRuns},
		"/deletes":          {get: a.deletes},
		"/lint":             {get: a.findings},
		"/runs":             {get: a.runsPage},
		"/groups/undo":      {post: a.undoFromPage},

		apiRoot + "groups/undo": {post: a.undoDelete},
		profileRoot:             {get: profileIndex},
	}
	if a.EnableAdmin {
		a.routes[apiRoot+"admin/wipe"] = &route{put: a.wipe}
	}
	for _, name := range profileNames() {
		a.routes[profileRoot+name] = &route{get: profile(name)}
	}
	if _, taken := a.routes[a.TelemetryPath]; taken && a.TelemetryPath != "/" || isGroupPath(strings.TrimPrefix(a.TelemetryPath, pushRoot)) {
		return fmt.Errorf("telemetry path %q is that of another route", a.TelemetryPath)
	}
	a.routes[a.TelemetryPath] = &route{get: a.Scrape.ServeHTTP}
	for path, rt := range a.routes {
		rt.allow = rt.allowed()
		a.guard(path, rt)
	}
	return nil
}

// ServeHTTP routes on the escaped path, since %2F is part of a segment. Pushes
// go first; nothing is looked up for them.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Telemetry.inFlight.Inc()
	defer a.Telemetry.inFlight.Dec()
	full := escapedPath(r)
	if !isClean(full) {
		redirect(w, r, cleanPath(full))
		return
	}
	path, ok := strings.CutPrefix(full, a.prefix)
	switch {
	case ok && path == "":
		redirect(w, r, full+"/")
	case !ok || path[0] != '/':
		notFound(w, full)
	case strings.HasPrefix(path, pushRoot) && isGroupPath(path[len(pushRoot):]):
		a.servePush(w, r, path[len(pushRoot):])
	default:
		a.serveFixed(w, r, path)
	}
}

func (a *API) serveFixed(w http.ResponseWriter, r *http.Request, path string) {
	// A scrape or a profile may take longer than a request may take to arrive,
	// and a read deadline that passes meanwhile would cancel it. A request with a
	// body keeps it: neither a handler that reads the body nor the server, which
	// reads the rest before it answers, may wait for it without end.
	if r.ContentLength == 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	inAPI := strings.HasPrefix(path, apiRoot)
	if inAPI {
		setCORS(w.Header())
		if r.Method == http.MethodOptions {
			return
		}
	}
	rt := a.routes[path]
	if rt == nil {
		rt = a.pushers(path)
	}
	if rt == nil {
		a.serveUnknown(w, r, path, inAPI)
		return
	}
	if !rt.guarded { // found by its form, by somebody who didn't think of rights
		a.guard(path, rt)
	}
	if h := rt.handler(r.Method); h != nil {
		h(w, r)
		return
	}
	w.Header().Set("Allow", rt.allow)
	if r.Method != http.MethodOptions {
		methodNotAllowed(w, r.Method, path, rt.allow, inAPI)
	}
}

// serveUnknown redirects where a slash too many, or one too few, is all that is
// wrong with a path.
func (a *API) serveUnknown(w http.ResponseWriter, r *http.Request, path string, inAPI bool) {
	trimmed := strings.TrimSuffix(path, "/")
	switch {
	case inFolder(path) && r.Method == http.MethodOptions:
		w.Header().Set("Allow", getAllow)
	case inFolder(path) && r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", getAllow)
		methodNotAllowed(w, r.Method, path, getAllow, false)
	case trimmed != path && a.routes[trimmed] != nil:
		redirect(w, r, a.prefix+trimmed)
	case a.routes[path+"/"] != nil, path+"/" == apiRoot:
		redirect(w, r, a.prefix+path+"/")
	case path == pushRoot+"job/" && isPush(r.Method):
		redirect(w, r, a.prefix+trimmed)
	case inAPI:
		writeJSONError(w, http.StatusNotFound, fmt.Sprintf("no such path: %q", path))
	default:
		notFound(w, path)
	}
}

// inFolder reports whether a path is in one of the folders whose files are not
// known by name, but that are only read from.
func inFolder(path string) bool {
	return strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, profileRoot)
}

func isPush(method string) bool {
	return method == http.MethodPut || method == http.MethodPost || method == http.MethodDelete
}

func notFound(w http.ResponseWriter, path string) {
	http.Error(w, fmt.Sprintf("404 page not found: %q", path), http.StatusNotFound)
}

func methodNotAllowed(w http.ResponseWriter, method, path, allow string, inAPI bool) {
	msg := fmt.Sprintf("method %q is not allowed on %q: use one of %s", method, path, allow)
	if inAPI {
		writeJSONError(w, http.StatusMethodNotAllowed, msg)
		return
	}
	http.Error(w, msg, http.StatusMethodNotAllowed)
}

// setCORS lets pages of any origin read the API, with Pushgateway's headers.
// Requests that change something are held to the same site all the same.
func setCORS(h http.Header) {
	h.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin")
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Date")
	h.Set("Cache-Control", "no-cache, no-store, must-revalidate")
}
