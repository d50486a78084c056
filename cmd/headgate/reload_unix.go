//go:build unix

package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// notifyReload sends on reload at each SIGHUP until the function it returns is
// called, which waits for its goroutine.
func notifyReload(reload chan<- struct{}) (stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range hup {
			select {
			case reload <- struct{}{}:
			default: // one is waiting already
			}
		}
	})
	return func() {
		signal.Stop(hup)
		close(hup)
		wg.Wait()
	}
}
