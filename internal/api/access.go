package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/access"
)

// tokenHeader is for those whose Authorization header is somebody else's: a proxy's,
// or that of basic authentication by the web configuration.
const tokenHeader = "Headgate-Token"

// SetAccess replaces who may do what. Requests that were let in are seen through. nil
// lets everybody do everything. p is the API's from then on.
func (a *API) SetAccess(p *access.Policy) {
	p.CountOn(a.access.Load())
	a.access.Store(p)
}

// Access is the policy in force.
func (a *API) Access() *access.Policy { return a.access.Load() }

// admit finds out what a request may do, and refuses it if it hasn't the right, or if
// a page of another site makes a browser send it: browsers send passwords along. For
// which groups it has the right is for the caller to look at.
func (a *API) admit(r *http.Request, need access.Rights) (access.Grant, error) {
	if a.sameSite.Check(r) != nil { // which lets all but browsers' requests through
		return access.Grant{}, errOtherSite
	}
	p := a.access.Load()
	if p == nil {
		return p.Anonymous(), nil // nobody looks at a token that isn't asked for
	}
	secret, guess := secretOf(r)
	if secret == "" {
		if g := p.Anonymous(); !g.Has(need) {
			return g, refuse(noToken, "a token with the right %q is needed: send it as Authorization: Bearer, or as the password of basic authentication", need)
		}
		return p.Anonymous(), nil
	}
	now := time.Now()
	g, outcome := p.Find(secret, now)
	switch {
	case outcome == access.Unknown && guess && g.Has(need):
		return g, nil // a password that was meant for somebody in front of us
	case outcome != access.Found:
		return g, a.failed(r, g.Name, outcome, now)
	case !g.Has(need):
		return g, refuse(noRight, "token %s lacks the right %q", g.Name, need)
	}
	return g, nil
}

// secretOf is what a request shows as its token, "" for nothing. A password of basic
// authentication is only a guess: it may be for the server in front.
func secretOf(r *http.Request) (secret string, guess bool) {
	if own := r.Header[tokenHeader]; len(own) > 0 {
		return own[0], false
	}
	auth := r.Header["Authorization"]
	if len(auth) == 0 {
		return "", false
	}
	if scheme, rest, _ := strings.Cut(auth[0], " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest), false
	}
	_, password, _ := r.BasicAuth()
	return password, true
}

// failed is the error for a wrong token. Who shows too many is told to wait.
func (a *API) failed(r *http.Request, name string, outcome access.Outcome, now time.Time) error {
	if wait := a.failures.Note(addressOf(r), now); wait > 0 {
		return &throttled{refuse(failures, "too many wrong tokens from %s: wait, and look at the token", addressOf(r)), wait}
	}
	if outcome == access.Expired {
		return refuse(expiredToken, "token %s has expired: ask for a new one", name)
	}
	return refuse(unknownToken, "no such token: it may be mistyped, or of another gateway, or taken out of the configuration")
}

var errOtherSite = refuse(crossSite, "refused: the request comes from a page of another site. "+
	"If that page is the gateway's own behind a proxy, start with --web.external-url=")

// throttled is an error that says how long to wait.
type throttled struct {
	error
	after time.Duration
}

func (e *throttled) Unwrap() error { return e.error }

// guarded is h for those who have the right.
func (a *API) guarded(need access.Rights, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g, err := a.admit(r, need)
		if err != nil {
			a.turnAway(w, r, need, err)
			return
		}
		h(w, granted(r, g))
	}
}

type grantKey struct{}

// granted notes with r what it may do.
func granted(r *http.Request, g access.Grant) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), grantKey{}, g))
}

// grantOf is what a request may do that was let in: nothing, if nobody has looked.
func (a *API) grantOf(r *http.Request) access.Grant {
	g, ok := r.Context().Value(grantKey{}).(access.Grant)
	if !ok && a.access.Load() == nil {
		return a.access.Load().Anonymous()
	}
	return g
}

// turnAway answers a request that was not let in, as its client can read it.
func (a *API) turnAway(w http.ResponseWriter, r *http.Request, need access.Rights, err error) {
	switch {
	case strings.HasPrefix(r.URL.Path, a.prefix+apiRoot):
		jsonError(w, err)
	case strings.Contains(r.Header.Get("Accept"), "text/html"):
		a.problem(w, statusOf(w, err), "Not allowed", err.Error())
	default:
		plainError(w, err)
	}
	a.note(r, "request refused", err)
	if need == access.Push {
		a.Telemetry.answered(methodPost, reasonOf(err), 0)
	}
}
