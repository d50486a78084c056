// Shared renders pages with many goroutines, all of which count with one Pusher:
//
//	HEADGATE_URL=http://headgate:9091 shared -goroutines 8 -pages 1000
//
// A Pusher for each of them would replace the others' metrics: a group has one.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/headgate/headgate/push"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("HEADGATE_URL"), "http://localhost:9091"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "shared:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, gateway string, args []string) error {
	flags := flag.NewFlagSet("shared", flag.ContinueOnError)
	goroutines := flags.Int("goroutines", 8, "how many render at once")
	pages := flags.Int("pages", 1000, "how many pages to render")
	if err := flags.Parse(args); err != nil {
		return err
	}
	instance, err := os.Hostname()
	if err != nil {
		return err
	}
	// This process is the only one of its group, so its running totals say it all, and
	// any gateway takes them.
	p := push.New(gateway, "render", push.WithTotals()).Grouping("instance", instance)
	r := newRenderer(p.Recorder())
	if err := p.Start(ctx); err != nil {
		return err
	}
	todo := make(chan int)
	var working sync.WaitGroup
	for range *goroutines {
		working.Go(func() { r.work(todo) })
	}
	err = feed(ctx, todo, *pages)
	close(todo)
	working.Wait() // what is recorded after Close is refused
	if err := errors.Join(err, p.Close(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "rendered %d pages with %d goroutines\n", *pages, *goroutines)
	return nil
}

// feed hands out the pages until ctx ends.
func feed(ctx context.Context, todo chan<- int, pages int) error {
	for page := range pages {
		select {
		case todo <- page:
		case <-ctx.Done():
			return fmt.Errorf("stopped before page %d of %d: %w", page, pages, context.Cause(ctx))
		}
	}
	return nil
}

// renderer has what the goroutines share. Its handles may be used by all at once.
type renderer struct {
	page  *template.Template
	pages *push.Counter
	took  *push.Histogram
}

func newRenderer(r *push.Recorder) *renderer {
	return &renderer{
		page:  template.Must(template.New("page").Parse("<h1>Page {{.}}</h1>\n")),
		pages: r.Counter("render_pages_total", "Pages rendered.", "outcome"),
		took: r.Histogram("render_duration_seconds", "Time to render a page.",
			[]float64{0.00001, 0.0001, 0.001, 0.01, 0.1}),
	}
}

func (r *renderer) work(todo <-chan int) {
	for page := range todo {
		start := time.Now()
		outcome := "ok"
		if err := r.page.Execute(io.Discard, page); err != nil {
			outcome = "failed"
		}
		r.took.Observe(time.Since(start).Seconds())
		r.pages.Inc(outcome)
	}
}
