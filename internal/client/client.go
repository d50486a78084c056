// Package client asks a running gateway's API about its groups, and deletes them.
package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Ask sends a request to a gateway and returns the body of its answer. path is below the
// gateway's URL, as in "api/v1/groups". What isn't an answer of 2xx is an error.
type Ask func(ctx context.Context, method, path string, query url.Values) ([]byte, error)

// Gateway is a gateway that can be asked. It may be used by several goroutines if its
// Ask may.
type Gateway struct{ Ask Ask }

// call decodes the answer of the API into into.
func (g Gateway) call(ctx context.Context, method, path string, query url.Values, into any) error {
	body, err := g.Ask(ctx, method, path, query)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("answer to %s %s: %w", method, path, err)
	}
	return nil
}

// Selection says which groups are meant. The zero value means all of them.
type Selection struct {
	// Match are selectors over grouping labels, which add up.
	Match []string
	// Group is one group, which excludes Match.
	Group Key
	// Words have to be in the key. Only lists have them.
	Words string
}

func (s *Selection) query() url.Values {
	q := url.Values{}
	for _, m := range s.Match {
		q.Add("match[]", m)
	}
	if s.Group != nil {
		q.Set("group", s.Group.path())
	}
	if s.Words != "" {
		q.Set("q", s.Words)
	}
	return q
}

// List is a list of groups. The counts are of all that are selected, listed or not.
type List struct {
	Matched int     `json:"matched"`
	Failing int     `json:"failing"`
	Overdue int     `json:"overdue"`
	Groups  []Group `json:"data"`
}

// Groups lists at most limit of the selected groups, all with 0. order is "" for the
// order of names, or another that the API knows.
func (g Gateway) Groups(ctx context.Context, s Selection, order string, limit int) (l List, err error) {
	q := s.query()
	if order != "" {
		q.Set("sort", order)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	err = g.call(ctx, http.MethodGet, "api/v1/groups", q, &l)
	return l, err
}

// Deleted is what a delete has deleted, or would.
type Deleted struct {
	DryRun  bool    `json:"dry_run"`
	Deleted int     `json:"deleted"`
	ID      string  `json:"id,omitempty"` // for Undo, "" if nothing was deleted
	Groups  []Group `json:"groups"`
}

// Delete deletes the selected groups, or in a dry run tells which it would.
func (g Gateway) Delete(ctx context.Context, s Selection, dryRun bool) (Deleted, error) {
	var answer struct{ Data Deleted }
	q := s.query()
	if dryRun {
		q.Set("dry_run", "1")
	}
	err := g.call(ctx, http.MethodDelete, "api/v1/groups", q, &answer)
	return answer.Data, err
}

// Undone is what came back.
type Undone struct {
	ID       string    `json:"id"`
	Restored int       `json:"restored"`
	Series   int       `json:"series"`
	Skipped  []Skipped `json:"skipped"`
}

// Skipped is a group that stayed away, or as it is.
type Skipped struct {
	Labels Key    `json:"labels"`
	Reason string `json:"reason"`
}

// Undo brings back what a delete removed, with "" the last one.
func (g Gateway) Undo(ctx context.Context, id string) (Undone, error) {
	var answer struct{ Data Undone }
	q := url.Values{}
	if id != "" {
		q.Set("id", id)
	}
	err := g.call(ctx, http.MethodPost, "api/v1/groups/undo", q, &answer)
	return answer.Data, err
}

// Metrics returns the gateway's own metrics that a selector selects, in the text format.
func (g Gateway) Metrics(ctx context.Context, match string) ([]byte, error) {
	return g.Ask(ctx, http.MethodGet, "metrics", url.Values{"match[]": {match}})
}
