package demo

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// Faults are what the network did to the workers' pushes.
type Faults struct {
	Requests int `json:"requests"`
	// Cut requests never reached the gateway.
	Cut int `json:"cut"`
	// Unavailable were answered 503 in the gateway's place.
	Unavailable int `json:"unavailable"`
	// Lost are answers to pushes that the gateway took: who repeats such a push counts
	// it twice, unless the gateway knows it.
	Lost int `json:"answers_lost"`
}

// Sum is all of them.
func (f Faults) Sum() int { return f.Cut + f.Unavailable + f.Lost }

// errCut is what a client sees of a connection that broke.
var errCut = errors.New("the demo cut the connection")

// faultyNetwork is an http.Client on a network that fails for one request in five.
type faultyNetwork struct {
	client *http.Client

	mu     sync.Mutex // guards all below
	random *rand.Rand
	faults Faults
}

// What becomes of a request. From the fourth of the fates on it goes well.
const (
	cutOff = iota
	unavailable
	answerLost

	fates = 15
)

func (n *faultyNetwork) fate() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults.Requests++
	fate := n.random.IntN(fates)
	switch fate {
	case cutOff:
		n.faults.Cut++
	case unavailable:
		n.faults.Unavailable++
	}
	return fate
}

// Do is the client library's way to the gateway.
func (n *faultyNetwork) Do(r *http.Request) (*http.Response, error) {
	switch n.fate() {
	case cutOff:
		return nil, errors.Join(errCut, closeBody(r))
	case unavailable:
		return notThere(r), closeBody(r)
	case answerLost:
		return nil, n.loseAnswer(r)
	}
	return n.client.Do(r)
}

// closeBody is what a client does with each request, sent or not.
func closeBody(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	return r.Body.Close()
}

// notThere is what a proxy answers that doesn't reach the gateway.
func notThere(r *http.Request) *http.Response {
	return &http.Response{
		Status: "503 Service Unavailable", StatusCode: http.StatusServiceUnavailable, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader("no gateway")), Request: r,
	}
}

func (n *faultyNetwork) loseAnswer(r *http.Request) error {
	resp, err := n.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode/100 == 2 {
		n.mu.Lock()
		n.faults.Lost++
		n.mu.Unlock()
	}
	return errCut
}

func (n *faultyNetwork) counts() Faults {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.faults
}
