package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Detail is all that the API tells of one group.
type Detail struct {
	Group    Group     `json:"group"`
	Families []Family  `json:"families"` // those pushed and the gateway's own two, by name
	Pushers  []Pusher  `json:"pushers"`  // of a sum
	Findings []Finding `json:"findings"`
}

// Family is a metric family of a group.
type Family struct {
	Name   string    `json:"name"`
	Type   string    `json:"type"` // in lower case
	Help   string    `json:"help"`
	Series int       `json:"series"` // a histogram or summary counts as one
	Pushed time.Time `json:"pushed"`
}

// Pusher is one that has pushed to a sum.
type Pusher struct {
	Name     string    `json:"name"`
	Pushes   int       `json:"pushes"`
	Samples  int       `json:"samples"`
	LastPush time.Time `json:"last_push"`
}

// Finding is what lint finds in a group's last push.
type Finding struct {
	Rule       string `json:"rule"`
	Metric     string `json:"metric"`
	Label      string `json:"label"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion"`
}

// ErrNoGroup is returned for a group that isn't there.
var ErrNoGroup = errors.New("no such group")

// Detail tells of one group.
func (g Gateway) Detail(ctx context.Context, key Key) (d Detail, err error) {
	one := Selection{Group: key}
	list, err := g.Groups(ctx, one, "", 0)
	if err != nil {
		return d, err
	}
	if len(list.Groups) == 0 {
		return d, ErrNoGroup
	}
	d.Group = list.Groups[0]
	one.Group = d.Group.Labels // which may be another after relabelling
	if d.Families, err = g.families(ctx, one); err != nil {
		return d, err
	}
	if d.Pushers, err = g.pushers(ctx, one.Group); err != nil {
		return d, err
	}
	d.Findings, err = g.findings(ctx, one)
	return d, err
}

func (g Gateway) families(ctx context.Context, one Selection) ([]Family, error) {
	var answer struct{ Data []map[string]json.RawMessage }
	if err := g.call(ctx, http.MethodGet, "api/v1/metrics", one.query(), &answer); err != nil {
		return nil, err
	}
	all := []Family{}
	for _, members := range answer.Data {
		for name, member := range members {
			var f struct {
				Type, Help string
				TimeStamp  time.Time `json:"time_stamp"`
				Metrics    []json.RawMessage
			}
			if json.Unmarshal(member, &f) != nil || f.Type == "" {
				continue // labels, last_push_successful: not families
			}
			all = append(all, Family{Name: name, Type: strings.ToLower(f.Type), Help: f.Help, Series: len(f.Metrics), Pushed: f.TimeStamp})
		}
	}
	slices.SortFunc(all, func(a, b Family) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (g Gateway) pushers(ctx context.Context, key Key) ([]Pusher, error) {
	var answer struct{ Data struct{ Pushers []Pusher } }
	err := g.call(ctx, http.MethodGet, "api/v1/groups/"+key.path()+"/pushers", nil, &answer)
	return append([]Pusher{}, answer.Data.Pushers...), err
}

func (g Gateway) findings(ctx context.Context, one Selection) ([]Finding, error) {
	var answer struct {
		Data struct {
			Groups []struct{ Findings []Finding }
		}
	}
	err := g.call(ctx, http.MethodGet, "api/v1/lint", one.query(), &answer)
	all := []Finding{}
	for _, group := range answer.Data.Groups {
		all = append(all, group.Findings...)
	}
	return all, err
}

// Text says a finding in one line.
func (f *Finding) Text() string {
	text := f.Metric
	if f.Label != "" {
		text += "{" + f.Label + "}"
	}
	text = strings.TrimSpace(text + " " + f.Message)
	if f.Suggestion != "" {
		text += "; " + f.Suggestion
	}
	return text
}
