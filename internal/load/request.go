package load

import (
	"strconv"
	"strings"
	"time"
)

// groupDigits is the width of a group's number in the instance label.
const groupDigits = 6

// MostGroups is how many groups the instance label can tell apart.
const MostGroups = 1_000_000

// ttlDigits is the width of the ttl, in milliseconds, of a push that has one.
const ttlDigits = 9

// DefaultJob is the job of all pushes that need no other.
const DefaultJob = "backup"

// InstancePrefix begins the instance label of every group of a load.
const InstancePrefix = "host-"

// Request is the bytes of a request about one group, changed in place from one to the next.
type Request struct {
	bytes    []byte
	group    int // offset of the digits of the group, or of a sum's series
	ttl      int // offset of the ttl's digits
	bodyFrom int
	body     Body
	expires  time.Time
}

// Push is a PUT of body to a group, or adds it to a sum.
func (t *Target) Push(body Body) *Request {
	if body.series > 0 {
		req := &Request{body: body}
		t.finish(req, "POST "+t.Path+"/metrics/job/"+t.job()+"?aggregate=delta")
		req.group = req.bodyFrom + body.series
		return req
	}
	return t.about("PUT", body)
}

// Delete is a DELETE of a group.
func (t *Target) Delete() *Request { return t.about("DELETE", Body{}) }

// about is a request that names a group in its URL.
func (t *Target) about(method string, body Body) *Request {
	head := method + " " + t.Path + "/metrics/job/" + t.job() + "/instance/" + InstancePrefix
	req := &Request{group: len(head), body: body, expires: t.Expires}
	head += strings.Repeat("0", groupDigits)
	if !t.Expires.IsZero() {
		head += "?ttl="
		req.ttl = len(head)
		head += strings.Repeat("0", ttlDigits) + "ms"
	}
	t.finish(req, head)
	return req
}

// finish puts a request together behind its method and path.
func (t *Target) finish(q *Request, head string) {
	head += " HTTP/1.1\r\n" + t.head()
	if len(q.body.bytes) > 0 {
		head += "Content-Type: " + q.body.ContentType + "\r\nContent-Length: " + strconv.Itoa(len(q.body.bytes)) + "\r\n"
	}
	head += "\r\n"
	q.bodyFrom = len(head)
	q.bytes = append([]byte(head), q.body.bytes...)
}

// Next returns the request about a group, as the n-th of a run. It is valid until the
// following call.
func (q *Request) Next(group, n int) []byte {
	putDigits(q.bytes[q.group:q.group+groupDigits], group)
	if q.ttl > 0 {
		left := max(1, time.Until(q.expires).Milliseconds()) // 0 would be refused
		putDigits(q.bytes[q.ttl:q.ttl+ttlDigits], int(left))
	}
	q.body.stamp(q.bytes[q.bodyFrom:], n)
	return q.bytes
}
