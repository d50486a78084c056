package main

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// groupDigits is the width of a group's number in the instance label.
const groupDigits = 6

// pushRequest is the bytes of a PUT, changed in place from push to push.
type pushRequest struct {
	bytes    []byte
	group    int // offset of the group's digits
	bodyFrom int
	body     pushBody
}

func newPushRequest(addr string, body pushBody) *pushRequest {
	head := "PUT /metrics/job/backup/instance/" + instancePrefix
	req := &pushRequest{group: len(head), body: body}
	head += strings.Repeat("0", groupDigits) + " HTTP/1.1\r\nHost: " + addr +
		"\r\nUser-Agent: headgate-bench\r\nContent-Type: " + body.contentType +
		"\r\nContent-Length: " + strconv.Itoa(len(body.bytes)) + "\r\n\r\n"
	req.bodyFrom = len(head)
	req.bytes = append([]byte(head), body.bytes...)
	return req
}

// next returns the request for the n-th push of a run. It is valid until the
// following call.
func (q *pushRequest) next(group, n int) []byte {
	putDigits(q.bytes[q.group:q.group+groupDigits], group)
	q.body.stamp(q.bytes[q.bodyFrom:], n)
	return q.bytes
}

// instancePrefix begins the instance label of every group of the benchmark.
const instancePrefix = "host-"

// readAnswer reads one response with a Content-Length and refuses all but 2xx.
func readAnswer(conn net.Conn, buf []byte) error {
	have, want := 0, 0
	for want == 0 || have < want {
		if have == len(buf) {
			return fmt.Errorf("response longer than %d bytes: %q", len(buf), buf[:200])
		}
		n, err := conn.Read(buf[have:])
		if err != nil {
			return err
		}
		have += n
		if i := bytes.Index(buf[:have], []byte("\r\n\r\n")); want == 0 && i >= 0 {
			length, err := contentLength(buf[:i+2])
			if err != nil {
				return err
			}
			want = i + 4 + length
		}
	}
	if have < len("HTTP/1.1 200") || buf[9] != '2' {
		return fmt.Errorf("answer %q", buf[:have])
	}
	return nil
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
