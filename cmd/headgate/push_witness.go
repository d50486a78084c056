package main

import (
	"errors"
	"net/http"
	"sync"
)

// witness sends requests and notes what answers say that the library passes over. It may
// be used by several goroutines.
type witness struct {
	client *http.Client

	mu                  sync.Mutex
	aggregate           string // how the last push that was taken is added up
	duplicate, answered bool   // whether that repeats one; whether there was any
}

// Do sends one request.
func (w *witness) Do(req *http.Request) (*http.Response, error) {
	resp, err := w.client.Do(req)
	if err == nil && resp.StatusCode/100 == 2 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.answered = true
		w.aggregate, w.duplicate = resp.Header.Get("Headgate-Aggregate"), resp.Header.Get("Headgate-Duplicate") == "true"
	}
	return resp, err
}

// check fails if a push that asked to be added up was taken as one that replaces, which
// is what a gateway does that doesn't know better.
func (w *witness) check(aggregate string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.answered || aggregate == "" || w.aggregate == aggregate {
		return nil
	}
	return hint(errNotAdded, "is it a Headgate?")
}

var errNotAdded = errors.New("the gateway took the push, but doesn't add up: it has replaced what was there")

func (w *witness) repeats() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.duplicate
}
