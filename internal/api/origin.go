package api

import (
	"net"
	"net/http"

	"github.com/headgate/headgate/internal/store"
)

// origin is who sends a request that deletes something. The user is of basic
// authentication, which the server in front has checked if it asks for it at all.
func origin(r *http.Request, what string) store.Origin {
	user, _, _ := r.BasicAuth()
	return store.Origin{User: brief(user), Address: addressOf(r), What: brief(what)}
}

// addressOf is where a request comes from, without the port.
func addressOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
