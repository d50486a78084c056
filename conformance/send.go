package conformance

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Answer is a response, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // without its gzip, if the answer was compressed
}

// Send writes one HTTP/1.1 request on a connection of its own and reads the
// answer. It speaks to the socket itself because net/http's client rewrites
// paths (doubled slashes, dot segments), which are what some cases are about.
// Redirects are not followed. A request lasts 30 s at most.
func Send(ctx context.Context, base *url.URL, method, path string, headers map[string]string, body []byte) (*Answer, error) {
	conn, err := dial(ctx, base)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	_, writeErr := conn.Write(requestBytes(base.Host, method, path, headers, body))
	// A server may answer and close before it has read the whole body, so a
	// failed write counts only if no answer can be read either.
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		if writeErr != nil {
			err = writeErr
		}
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close()
	return readAnswer(resp, method)
}

func dial(ctx context.Context, base *url.URL) (net.Conn, error) {
	host, port := base.Hostname(), base.Port()
	if base.Scheme == "https" {
		d := tls.Dialer{}
		return d.DialContext(ctx, "tcp", net.JoinHostPort(host, cmp.Or(port, "443")))
	}
	d := net.Dialer{}
	return d.DialContext(ctx, "tcp", net.JoinHostPort(host, cmp.Or(port, "80")))
}

func requestBytes(host, method, path string, headers map[string]string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, path, host)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name])
	}
	if len(body) > 0 || method == http.MethodPost || method == http.MethodPut {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

func readAnswer(resp *http.Response, method string) (*Answer, error) {
	a := &Answer{Status: resp.StatusCode, Header: resp.Header}
	var err error
	if a.Body, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	if method == http.MethodHead || resp.Header.Get("Content-Encoding") != "gzip" {
		return a, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(a.Body))
	if err != nil {
		return nil, fmt.Errorf("answer's gzip: %w", err)
	}
	if a.Body, err = io.ReadAll(zr); err != nil {
		return nil, fmt.Errorf("answer's gzip: %w", err)
	}
	return a, nil
}
