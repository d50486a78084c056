package main

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// groupDigits is the width of a group's number in the instance label.
const groupDigits = 6

// ttlDigits is the width of the ttl, in milliseconds, of a push that has one.
const ttlDigits = 9

// pushTarget is what the requests of one connection have in common.
type pushTarget struct {
	addr    string
	job     string
	expires time.Time // when the groups are to go, to the millisecond; zero: never
}

// pushRequest is the bytes of a push, changed in place from one to the next.
type pushRequest struct {
	bytes    []byte
	group    int // offset of the digits of the group, or of a sum's series
	ttl      int // offset of the ttl's digits
	bodyFrom int
	body     pushBody
	expires  time.Time
}

// newPushRequest is a push of the benchmark's own job.
func newPushRequest(addr string, body pushBody) *pushRequest {
	return pushTarget{addr: addr, job: defaultJob}.request(body)
}

// defaultJob is the job of all pushes that need no other.
const defaultJob = "backup"

func (t pushTarget) request(body pushBody) *pushRequest {
	if body.series > 0 {
		req := &pushRequest{body: body}
		req.finish("POST /metrics/job/"+t.job+"?aggregate=delta", t.addr)
		req.group = req.bodyFrom + body.series
		return req
	}
	head := "PUT /metrics/job/" + t.job + "/instance/" + instancePrefix
	req := &pushRequest{group: len(head), body: body, expires: t.expires}
	head += strings.Repeat("0", groupDigits)
	if !t.expires.IsZero() {
		head += "?ttl="
		req.ttl = len(head)
		head += strings.Repeat("0", ttlDigits) + "ms"
	}
	req.finish(head, t.addr)
	return req
}

// finish puts the request together behind its method and path.
func (q *pushRequest) finish(head, addr string) {
	head += " HTTP/1.1\r\nHost: " + addr +
		"\r\nUser-Agent: headgate-bench\r\nContent-Type: " + q.body.contentType +
		"\r\nContent-Length: " + strconv.Itoa(len(q.body.bytes)) + "\r\n\r\n"
	q.bodyFrom = len(head)
	q.bytes = append([]byte(head), q.body.bytes...)
}

// next returns the request for the n-th push of a run. It is valid until the
// following call.
func (q *pushRequest) next(group, n int) []byte {
	putDigits(q.bytes[q.group:q.group+groupDigits], group)
	if q.ttl > 0 {
		left := max(1, time.Until(q.expires).Milliseconds()) // 0 would be refused
		putDigits(q.bytes[q.ttl:q.ttl+ttlDigits], int(left))
	}
	q.body.stamp(q.bytes[q.bodyFrom:], n)
	return q.bytes
}

// instancePrefix begins the instance label of every group of the benchmark.
const instancePrefix = "host-"

// readAnswer reads one response and refuses all but 2xx.
func readAnswer(conn net.Conn, buf []byte) error {
	got, err := readResponse(conn, buf)
	if err == nil && !got.ok {
		err = fmt.Errorf("answer %q", got.bytes)
	}
	return err
}

// response is what a server answered. Its bytes are valid until the buffer is used again.
type response struct {
	bytes  []byte
	ok     bool // 2xx
	closes bool // the connection can't be used again
}

// readResponse reads one response with a Content-Length.
func readResponse(conn net.Conn, buf []byte) (response, error) {
	have, want := 0, 0
	closes := false
	for want == 0 || have < want {
		if have == len(buf) {
			return response{}, fmt.Errorf("response longer than %d bytes: %q", len(buf), buf[:200])
		}
		n, err := conn.Read(buf[have:])
		if err != nil {
			return response{}, err
		}
		have += n
		if i := bytes.Index(buf[:have], []byte("\r\n\r\n")); want == 0 && i >= 0 {
			length, err := contentLength(buf[:i+2])
			if err != nil {
				return response{}, err
			}
			want = i + 4 + length
			closes = bytes.Contains(buf[:i+2], []byte("\r\nConnection: close\r\n"))
		}
	}
	ok := have >= len("HTTP/1.1 200") && buf[9] == '2'
	return response{bytes: buf[:have], ok: ok, closes: closes}, nil
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
