package api

import (
	"net"
	"net/http"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/store"
)

// origin is who sends a request that deletes something: a token, or else a user of basic
// authentication, which the server in front has checked if it asks for it at all. No
// user has a colon in the name, so none can pass for a token.
func origin(r *http.Request, what string) store.Origin {
	user, _, _ := r.BasicAuth()
	if g, _ := r.Context().Value(grantKey{}).(access.Grant); g.Name != "" {
		user = "token:" + g.Name
	}
	return store.Origin{User: brief(user), Address: addressOf(r), What: brief(what)}
}

// addressOf is where a request comes from, without the port.
func addressOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
