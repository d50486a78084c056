package api

import (
	"net/http"
	"net/http/pprof"
	"net/url"
)

// profileNames are the pages under /debug/pprof/ beside the index.
func profileNames() []string {
	return []string{"cmdline", "profile", "symbol", "trace", "allocs", "block", "goroutine", "heap", "mutex", "threadcreate"}
}

func profile(name string) http.HandlerFunc {
	switch name {
	case "cmdline":
		return pprof.Cmdline
	case "profile":
		return pprof.Profile
	case "symbol":
		return pprof.Symbol
	case "trace":
		return pprof.Trace
	}
	return pprof.Handler(name).ServeHTTP
}

// profileIndex hands on a request without the route prefix, since Index reads
// the name of a profile from the path.
func profileIndex(w http.ResponseWriter, r *http.Request) {
	plain := new(http.Request)
	*plain = *r
	// The index is HTML of another's making, with a style in it.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	plain.URL = &url.URL{Path: profileRoot, RawQuery: r.URL.RawQuery}
	pprof.Index(w, plain)
}
