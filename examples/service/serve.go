package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// drain is how long requests under way may take to end.
const drain = 5 * time.Second

// serve serves until ctx ends, and then lets requests under way come to their end.
func serve(ctx context.Context, listener net.Listener, registry *prometheus.Registry) error {
	server := &http.Server{Handler: routes(registry), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := server.Shutdown(ctx)
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func routes(registry *prometheus.Registry) http.Handler {
	greetings := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "greeter_greetings_total", Help: "Greetings given."})
	registry.MustRegister(greetings)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		greetings.Inc()
		fmt.Fprintln(w, "good morning")
	})
	return mux
}
