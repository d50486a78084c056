package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// profileSeconds is how long a CPU profile is taken.
const profileSeconds = 10

// profileGateway repeats work until the gateway has taken a CPU profile of
// itself, and writes that to the file of -cpuprofile-gateway. It runs after the
// measured rounds, which a profile would disturb.
func (b *bench) profileGateway(ctx context.Context, p *process, work measure) error {
	b.say("profiling %s", p.name)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	fetched := make(chan error, 1)
	go func() { fetched <- fetchProfile(ctx, p.addr, b.cpuProfile) }()
	for {
		select {
		case err := <-fetched:
			return err
		default:
		}
		if _, err := work(ctx); err != nil {
			cancel()
			return errors.Join(err, <-fetched)
		}
	}
}

func fetchProfile(ctx context.Context, addr, file string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", addr, profileSeconds)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		_ = out.Close() // the first error says it
		return err
	}
	return out.Close()
}
