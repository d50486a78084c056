package load

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Response is what a server answered. Its bytes are valid until the buffer is used again.
type Response struct {
	Bytes  []byte
	Status int
	Closes bool // the connection can't be used again
}

// OK is whether the request was granted.
func (r *Response) OK() bool { return r.Status/100 == 2 }

var errNoHTTP = errors.New("want an answer of HTTP/1.1")

// ReadResponse reads one response with a Content-Length.
func ReadResponse(conn net.Conn, buf []byte) (Response, error) {
	have, want := 0, 0
	closes := false
	for want == 0 || have < want {
		if have == len(buf) {
			return Response{}, fmt.Errorf("response longer than %d bytes: %q", len(buf), buf[:200])
		}
		n, err := conn.Read(buf[have:])
		if err != nil {
			return Response{}, err
		}
		have += n
		if i := bytes.Index(buf[:have], []byte("\r\n\r\n")); want == 0 && i >= 0 {
			length, err := contentLength(buf[:i+2])
			if err != nil {
				return Response{}, err
			}
			want = i + 4 + length
			closes = bytes.Contains(buf[:i+2], []byte("\r\nConnection: close\r\n"))
		}
	}
	status, err := status(buf[:have])
	return Response{Bytes: buf[:have], Status: status, Closes: closes}, err
}

// status is that of "HTTP/1.1 200 OK".
func status(head []byte) (int, error) {
	const before = len("HTTP/1.1 ")
	if len(head) < before+3 {
		return 0, errNoHTTP
	}
	code := 0
	for _, digit := range head[before : before+3] {
		if digit < '0' || digit > '9' {
			return 0, errNoHTTP
		}
		code = code*10 + int(digit-'0')
	}
	return code, nil
}

func contentLength(head []byte) (int, error) {
	const name = "\r\nContent-Length: "
	i := bytes.Index(head, []byte(name))
	if i < 0 {
		return 0, fmt.Errorf("answer without Content-Length: %q", head)
	}
	value, _, _ := bytes.Cut(head[i+len(name):], []byte("\r"))
	return strconv.Atoi(string(value))
}
