package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
)

// servePeer is the child mode of this binary: one of the two handlers that the
// gateway is held against. It serves until it is killed.
//
//	bench peer -kind discard
//	bench peer -kind slice -file BODY -content-type TYPE
func servePeer(args []string, stdout io.Writer) error {
	fs := flag.NewFlagSet("bench peer", flag.ContinueOnError)
	kind := fs.String("kind", "", "discard or slice")
	file := fs.String("file", "", "what slice serves")
	contentType := fs.String("content-type", "text/plain", "of the file")
	if err := fs.Parse(args); err != nil {
		return err
	}
	handler, err := peerHandler(*kind, *file, *contentType)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "msg=listening address=%s\n", ln.Addr())
	return http.Serve(ln, handler)
}

func peerHandler(kind, file, contentType string) (http.Handler, error) {
	switch kind {
	case "discard":
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // a broken request ends its own connection
		}), nil
	case "slice":
		body, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/metrics" {
				return // /-/ready
			}
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body) // the scraper went away
		}), nil
	}
	return nil, fmt.Errorf("peer kind %q: want discard or slice", kind)
}
