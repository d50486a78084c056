package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/lint/file"
)

// lintCmd finds in files what the gateway would find in a push of them, and queries that
// lose job or instance.
type lintCmd struct {
	Files  []string      `arg:"" name:"file" help:"Exposition files, rule files, dashboards as JSON, or URLs of a /metrics. - is the standard input. What a file is, its content says."`
	Ignore []string      `placeholder:"NAME" help:"Rules, metrics and labels of which nothing is reported. May be given more than once."`
	Wait   time.Duration `name:"timeout" default:"30s" help:"How long a URL may take."`

	output
}

// Help is shown below the usage.
func (lintCmd) Help() string {
	return `Examples:
  headgate lint backup.prom
  headgate lint http://localhost:8080/metrics
  headgate lint --ignore query-drops-instance rules/*.yml dashboards/*.json

Exit codes: 0 nothing found (but notes), 1 findings, or a file that can't be read, 2 usage.
docs/lint.md has all rules.`
}

// Validate is called by the parser of the command line.
func (c *lintCmd) Validate() error {
	if c.Wait <= 0 {
		return fmt.Errorf("--timeout=%s: want a duration above 0, such as 30s", c.Wait)
	}
	for _, name := range c.Files {
		if name == "" {
			return fmt.Errorf("file %q: want a name, a URL or -", name)
		}
	}
	return nil
}

// Run fails if there is a finding that is more than a note.
func (c *lintCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	all := []file.Finding{} // which is [] in JSON, not null
	var errs []error
	p := progressOn(s.err, c.Quiet)
	for i, name := range c.Files {
		if name != "-" { // which may be a person at the same terminal
			p.say("reading %d of %d", i+1, len(c.Files))
		}
		shown, text, err := c.read(ctx, name, s.in)
		p.done()
		if err == nil {
			var found []file.Finding
			found, err = file.Check(shown, text, file.Options{Ignore: c.Ignore})
			all = append(all, found...)
		}
		errs = append(errs, err) // the other files are read all the same
	}
	err := errors.Join(errs...)
	if err == nil || len(all) > 0 {
		err = errors.Join(err, c.print(s.out, all, func(w io.Writer) error { return c.list(w, all) }))
	}
	n := len(all) - notes(all)
	switch {
	case err != nil || n == 0:
		return err
	case c.Quiet:
		return errSilent
	}
	return fmt.Errorf("findings: %d", n)
}

func notes(all []file.Finding) (n int) {
	for _, f := range all {
		if f.Note {
			n++
		}
	}
	return n
}

// list prints findings for people.
func (c *lintCmd) list(out io.Writer, all []file.Finding) error {
	if len(all) == 0 {
		_, err := fmt.Fprintf(out, "ok: nothing found in %s\n", strings.Join(c.Files, ", "))
		return err
	}
	colour := paints(out)
	for _, f := range all {
		if _, err := fmt.Fprintln(out, colour.highlighted(f)); err != nil {
			return err
		}
	}
	return nil
}

// mostInput bounds what is read of a file or a URL, in bytes.
const mostInput = 64 << 20

// read returns a file's name for findings, and its content.
func (c *lintCmd) read(ctx context.Context, name string, in io.Reader) (shown string, text []byte, err error) {
	switch {
	case name == "-":
		shown = "standard input"
		text, err = io.ReadAll(io.LimitReader(in, mostInput+1))
	case strings.HasPrefix(name, "http://"), strings.HasPrefix(name, "https://"):
		return c.fetch(ctx, name)
	default:
		shown = name
		text, err = readFile(name)
	}
	if err != nil {
		return shown, nil, err
	}
	return shown, text, bounded(shown, text)
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostInput+1))
}

func bounded(name string, text []byte) error {
	if len(text) > mostInput {
		return fmt.Errorf("%s: more than %d bytes: lint a part of it", name, mostInput)
	}
	return nil
}

// fetch gets a URL as Prometheus would. Findings show it without a password.
func (c *lintCmd) fetch(ctx context.Context, url string) (shown string, text []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	shown = req.URL.Redacted()
	req.Header.Set("Accept", "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return shown, nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return shown, nil, fmt.Errorf("%s: answered %s: want 200", shown, resp.Status)
	}
	text, err = io.ReadAll(io.LimitReader(resp.Body, mostInput+1))
	if err != nil {
		return shown, nil, fmt.Errorf("%s: %w", shown, err)
	}
	return shown, text, bounded(shown, text)
}

// highlighted is a finding with its rule set off.
func (p paint) highlighted(f file.Finding) string {
	return strings.Replace(f.String(), " "+f.Rule+": ", " "+p.in(yellow, f.Rule)+": ", 1)
}
