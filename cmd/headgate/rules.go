package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/headgate/headgate/internal/alert"
)

type rulesCmd struct {
	Generate rulesGenerateCmd `cmd:"" help:"Write alerting rules for the jobs that are resident."`
}

// rulesGenerateCmd writes a rule file from what the jobs said of themselves with expect.
type rulesGenerateCmd struct {
	remote
	output

	Match []string `placeholder:"SELECTOR" sep:"none" help:"Only groups that this selects, such as '{job=\"backup\"}'. May be given more than once."`
	File  string   `placeholder:"FILE" help:"Write to this file instead of the standard output: all of it or, on any failure, nothing."`
}

// Help is shown below the usage.
func (rulesGenerateCmd) Help() string {
	return `Each job that has said with expect how often it pushes is watched: JobLate when a push is
overdue, JobUnsuccessful when its runs fail, JobMissing when nothing of it is left.

Examples:
  headgate rules generate
  headgate rules generate --file=/etc/prometheus/rules/headgate-jobs.yml
  headgate rules generate --match='{job=~"backup.*"}' -o json

Exit codes: 0 rules written, 1 no answer, or no job that has said so, 2 usage.`
}

// Run fails rather than write no rules: a file of them would silence what it replaced.
func (c *rulesGenerateCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	groups, err := c.groups(ctx)
	if err != nil {
		return err
	}
	rules := alert.Rules(groups)
	if len(rules.Groups) == 0 {
		return hint(fmt.Errorf("none of the groups has an expectation (groups: %d)", len(groups)),
			"jobs say how often they push with ?expect=26h, headgate run --expect, or a rule of the gateway's configuration")
	}
	if c.File == "" {
		return c.print(s.out, rules, rules.WriteYAML)
	}
	if err := c.write(rules); err != nil {
		return fmt.Errorf("--file=%s: %w", c.File, err)
	}
	if c.Quiet {
		return nil
	}
	_, err = fmt.Fprintf(s.out, "ok: rules in %s (jobs: %d)\n", c.File, len(rules.Groups))
	return err
}

// groups asks the gateway for its groups.
func (c *rulesGenerateCmd) groups(ctx context.Context) ([]alert.Group, error) {
	var listed []struct {
		Labels map[string]string `json:"labels"`
		Expect float64           `json:"expect_seconds"`
		TTL    float64           `json:"ttl_seconds"`
		Keep   bool              `json:"keep_until_scraped"`
	}
	query := url.Values{"match[]": c.Match}
	if err := c.call(ctx, http.MethodGet, "api/v1/groups", query, &listed); err != nil {
		return nil, err
	}
	groups := make([]alert.Group, len(listed))
	for i, g := range listed {
		groups[i] = alert.Group{
			Labels: g.Labels, Expect: time.Duration(g.Expect * float64(time.Second)),
			Passing: g.Keep || g.TTL > 0 && g.TTL <= 2*g.Expect,
		}
	}
	return groups, nil
}

// write replaces the file in one step: Prometheus may read it at any moment.
func (c *rulesGenerateCmd) write(rules alert.File) (err error) {
	var text bytes.Buffer
	format := output{Format: c.Format} // quiet is about the standard output
	if err := format.print(&text, rules, rules.WriteYAML); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(c.File), "."+filepath.Base(c.File)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = io.Copy(f, &text)
	// Prometheus reads it as another user.
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), c.File)
}
