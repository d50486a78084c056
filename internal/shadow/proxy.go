package shadow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options say where a Proxy sends what it gets.
type Options struct {
	// Old and New are the URLs of the two gateways, with their route prefixes.
	Old, New *url.URL
	// OldClient and NewClient reach them. nil is http.DefaultClient.
	OldClient, NewClient *http.Client
	// AnswerNew answers as the new one does. Clients then depend on it.
	AnswerNew bool
	// MostBody bounds a body, in bytes; 0 stands for 64 MiB.
	MostBody int64
	// Timeout is how long each gateway may take for a request or a scrape; 0 stands for 30 s.
	Timeout time.Duration
}

// Proxy hands each push to both gateways. Pushes of one group reach both in the same
// order, since the last one decides what is shown. It is safe for concurrent use.
type Proxy struct {
	opt   Options
	old   side
	new   side
	reads http.Handler
	seed  maphash.Seed
	locks [64]sync.Mutex // of groups, by hash

	answers answers
	compare comparer
}

// side is one of the two gateways.
type side struct {
	name   string
	url    *url.URL
	client *http.Client
}

// New returns a proxy. It has no goroutines of its own.
func New(opt Options) *Proxy {
	if opt.MostBody == 0 {
		opt.MostBody = 64 << 20
	}
	if opt.Timeout == 0 {
		opt.Timeout = 30 * time.Second
	}
	p := &Proxy{opt: opt, seed: maphash.MakeSeed()}
	p.old = newSide("old", opt.Old, opt.OldClient)
	p.new = newSide("new", opt.New, opt.NewClient)
	front := p.front()
	p.reads = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(front.url) },
		Transport: front.client.Transport,
	}
	return p
}

func newSide(name string, u *url.URL, c *http.Client) side {
	if c == nil {
		c = http.DefaultClient
	}
	return side{name: name, url: u, client: c}
}

// front is the side whose answers clients get.
func (p *Proxy) front() *side {
	if p.opt.AnswerNew {
		return &p.new
	}
	return &p.old
}

// ServeHTTP hands on what changes something to both, and the rest to one.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPut, http.MethodPost, http.MethodDelete:
		p.change(w, r)
	default:
		p.reads.ServeHTTP(w, r)
	}
}

func (p *Proxy) change(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, p.opt.MostBody))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		http.Error(w, fmt.Sprintf("body of more than %d bytes: raise --max-body", tooLarge.Limit), http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "reading the body: "+err.Error(), http.StatusBadRequest)
		return
	}
	old, latest := p.both(r, body)
	p.answers.note(r.Method, r.URL.EscapedPath(), old, latest)
	front := old
	if p.opt.AnswerNew {
		front = latest
	}
	front.write(w)
}

// both sends a request to the two at the same time. Neither is cancelled when the client
// goes away: one might have it then, and the other not.
func (p *Proxy) both(r *http.Request, body []byte) (old, latest reply) {
	lock := &p.locks[maphash.String(p.seed, r.URL.EscapedPath())%uint64(len(p.locks))]
	lock.Lock()
	defer lock.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), p.opt.Timeout)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { old = p.old.send(ctx, r, body) })
	wg.Go(func() { latest = p.new.send(ctx, r, body) })
	wg.Wait()
	return old, latest
}

// reply is a gateway's answer to a push.
type reply struct {
	status int // 0 if there was none
	header http.Header
	body   []byte
	err    error
}

// mostReply bounds what is read of an answer, in bytes.
const mostReply = 1 << 20

// hop are the headers that are about one connection.
var hop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func (s *side) send(ctx context.Context, r *http.Request, body []byte) reply {
	u := *s.url
	u.RawPath = strings.TrimSuffix(s.url.EscapedPath(), "/") + r.URL.EscapedPath()
	u.Path, _ = url.PathUnescape(u.RawPath) // it was a valid URL's
	u.RawQuery = r.URL.RawQuery
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header = r.Header.Clone()
	for _, name := range hop {
		req.Header.Del(name)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostReply))
	return reply{status: resp.StatusCode, header: resp.Header, body: text, err: err}
}

func (a *reply) write(w http.ResponseWriter) {
	if a.status == 0 {
		http.Error(w, "no answer from the gateway behind: "+a.err.Error(), http.StatusBadGateway)
		return
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	for _, name := range append(hop, "Content-Length") {
		w.Header().Del(name)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // who hung up does not read it
}
