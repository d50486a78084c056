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
	address := r.RemoteAddr
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	return store.Origin{User: brief(user), Address: address, What: brief(what)}
}
