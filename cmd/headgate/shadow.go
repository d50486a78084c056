package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/headgate/headgate/internal/shadow"
)

// shadowCmd lets Headgate run beside the Pushgateway that it is to replace.
type shadowCmd struct {
	remote
	output

	Pushgateway string        `required:"" placeholder:"URL" help:"The Pushgateway that is there now."`
	Listen      string        `name:"listen" default:":9092" placeholder:"ADDRESS" help:"Where clients push to meanwhile."`
	Answer      string        `enum:"pushgateway,headgate" default:"pushgateway" help:"Whose answers clients get: pushgateway or headgate."`
	Every       time.Duration `default:"1m" help:"How often both scrapes are compared."`
	For         time.Duration `default:"0s" help:"End after this long. 0s runs until a signal."`
	MaxBody     int64         `default:"67108864" placeholder:"BYTES" help:"The largest body of a push."`
}

// Help is shown below the usage.
func (shadowCmd) Help() string {
	return `Takes pushes, hands each to a Pushgateway and to a Headgate, answers as the
Pushgateway does, and compares what both show to Prometheus.

Examples:
  headgate shadow --pushgateway http://pushgateway:9091 --url http://headgate:9091
  headgate shadow --pushgateway http://localhost:9091 --url http://localhost:9095 --for 24h -o json >report.json

GET /-/shadow on the listener has the report so far as JSON.
Exit codes: 0 both did the same, 1 something differs or could not be compared, 2 usage.
docs/migration.md says what to do with the findings.`
}

// Validate is called by the parser of the command line.
func (c *shadowCmd) Validate() error {
	if err := c.remote.Validate(); err != nil {
		return err
	}
	u, err := url.Parse(c.Pushgateway)
	switch {
	case err != nil:
		return fmt.Errorf("--pushgateway: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("--pushgateway=%s: want a URL such as http://localhost:9091", u.Redacted())
	case c.Every <= 0:
		return fmt.Errorf("--every=%s: want a duration above 0, such as 1m", c.Every)
	case c.MaxBody <= 0:
		return fmt.Errorf("--max-body=%d: want more than 0 bytes", c.MaxBody)
	}
	return nil
}

// Run ends with the signal, or after --for.
func (c *shadowCmd) Run(s *streams) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	old, _ := url.Parse(c.Pushgateway) // valid, see Validate
	latest, _ := url.Parse(c.URL)
	p := shadow.New(shadow.Options{
		Old: old, New: latest, NewClient: client, AnswerNew: c.Answer == "headgate", MostBody: c.MaxBody, Timeout: c.Timeout,
	})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := p.Begin(ctx); err != nil {
		return hint(err, "both gateways must be up before clients are sent here")
	}
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	if err := c.serve(ctx, p, s); err != nil {
		return err
	}
	return c.conclude(p, s)
}

// serve runs the listener and the comparisons until ctx ends.
func (c *shadowCmd) serve(ctx context.Context, p *shadow.Proxy, s *streams) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", p)
	mux.HandleFunc("GET /-/shadow", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = printJSON(w, p.Report()) // who hung up does not read it
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	fmt.Fprintf(s.err, "shadow: listening on %s, comparing every %s\n", l.Addr(), c.Every)
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for {
		select {
		case err := <-served:
			return err
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			err := srv.Shutdown(last)
			if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
				err = errors.Join(err, ended)
			}
			return err
		case <-tick.C:
			c.compare(ctx, p, s.err)
		}
	}
}

// compare says how one comparison went.
func (c *shadowCmd) compare(ctx context.Context, p *shadow.Proxy, w io.Writer) {
	found, err := p.Compare(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		fmt.Fprintf(w, "shadow: not compared: %v\n", err)
	case !c.Quiet:
		fmt.Fprintf(w, "shadow: %d series the same, %d differ, %d moving, %d from before\n",
			found.Same, len(found.Differences)+found.More, found.Moving, found.Before)
	}
}

// conclude compares once more, now that nobody pushes, and prints the report.
func (c *shadowCmd) conclude(p *shadow.Proxy, s *streams) error {
	_, err := p.Compare(context.Background())
	report := p.Report()
	if printed := c.print(s.out, report, func(w io.Writer) error { return printShadow(w, &report) }); printed != nil {
		return printed
	}
	switch {
	case err != nil:
		return fmt.Errorf("the last comparison failed: %w", err)
	case !report.Same():
		return errSilent
	}
	return nil
}

// mostShown is how many differences the text shows; JSON has all.
const mostShown = 20

func printShadow(w io.Writer, r *shadow.Report) error {
	fmt.Fprintf(w, "pushes and deletes  %d\n", r.Requests)
	for _, v := range r.Answers {
		fmt.Fprintf(w, "answered otherwise  %d × %s %s: %d %s, Headgate %d %s\n", v.Count, v.Method, v.Path, v.Old, v.OldSays, v.New, v.NewSays)
	}
	if r.Last == nil {
		return nil
	}
	fmt.Fprintf(w, "series alike        %d\n", r.Last.Same)
	if r.Last.Before > 0 {
		fmt.Fprintf(w, "from before         %d that nobody has pushed since the shadow began\n", r.Last.Before)
	}
	for i, d := range r.Last.Differences {
		if i == mostShown {
			fmt.Fprintf(w, "and %d more: -o json lists them\n", len(r.Last.Differences)-mostShown+r.Last.More)
			break
		}
		fmt.Fprintf(w, "%-18s  %s%s\n", d.Kind, d.Series, sides(&d))
	}
	if r.Same() {
		_, err := fmt.Fprintln(w, "ok: nothing differs")
		return err
	}
	return nil
}

// sides are the values of a difference that both show.
func sides(d *shadow.Difference) string {
	if d.Kind != shadow.Value && d.Kind != shadow.Type {
		return ""
	}
	return fmt.Sprintf(": %s, Headgate %s", d.Old, d.New)
}
