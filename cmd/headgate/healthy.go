package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
)

// healthyCmd asks a gateway how it is, for images without a shell or curl.
type healthyCmd struct {
	remote
	output
	Ready bool `help:"Ask whether it takes pushes, not only whether it is alive."`
}

// Help is shown below the usage.
func (healthyCmd) Help() string {
	return `Examples:
  headgate healthy
  headgate healthy --ready --url http://headgate:9091 --timeout 2s

Exit codes: 0 it is, 1 it isn't or does not answer, 2 usage.`
}

// health is the answer as JSON.
type health struct {
	URL     string `json:"url"`
	Healthy bool   `json:"healthy"`
	Says    string `json:"says"`
}

// Run fails unless the gateway says that it is.
func (c *healthyCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	h, err := c.ask(ctx)
	if err != nil {
		return err
	}
	if err := c.print(s.out, h, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, h.Says)
		return err
	}); err != nil || h.Healthy {
		return err
	}
	return errSilent
}

func (c *healthyCmd) ask(ctx context.Context) (health, error) {
	route := "/-/healthy"
	if c.Ready {
		route = "/-/ready"
	}
	client, err := c.client()
	if err != nil {
		return health{}, err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.URL, "/")+route, nil)
	if err != nil {
		return health{}, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return health{}, c.unreachable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return health{}, c.unreachable(err)
	}
	h := health{URL: req.URL.Redacted(), Healthy: resp.StatusCode == http.StatusOK, Says: firstLine(body)}
	if h.Says == "" {
		h.Says = resp.Status
	}
	return h, nil
}
