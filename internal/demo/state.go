package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// State is how far a Show has got.
type State struct {
	Elapsed time.Duration
	Jobs    []Job
	Counted int64 // by the workers so far; what is not pushed yet is among it
	Faults  Faults
	Groups  int
	Series  int
}

// Job is an invented job, with what it did and what the gateway has of it.
type Job struct {
	Name, Shows string
	Runs        int // ended
	Failed      int
	Refused     int // pushes
	Running     int
	Overlapping int // runs at once, of a job whose runs overlap
	Groups      int
	Series      int
	LastPush    time.Time // zero: never
	Overdue     bool
}

// State asks the gateway.
func (s *Show) State(ctx context.Context) (State, error) {
	groups, err := s.stage.groups(ctx)
	if err != nil {
		return State{}, err
	}
	st := State{Elapsed: time.Since(s.began), Counted: s.workers.total(), Faults: s.workers.network.counts()}
	index := map[string]int{}
	for _, a := range s.actors {
		i, known := index[a.job]
		if !known {
			i = len(st.Jobs)
			index[a.job] = i
			st.Jobs = append(st.Jobs, Job{Name: a.job, Shows: a.shows})
		}
		j := &st.Jobs[i]
		j.Runs += int(a.runs.Load())
		j.Failed += int(a.failed.Load())
		j.Refused += int(a.refused.Load())
		j.Running += int(a.running.Load())
		if a.overlaps {
			j.Overlapping = j.Running
		}
	}
	index[workersJob] = len(st.Jobs)
	st.Jobs = append(st.Jobs, Job{Name: workersJob, Shows: fmt.Sprintf("%d workers count into one sum", len(s.workers.pushers)), Running: len(s.workers.pushers)})
	for _, g := range groups {
		st.Groups++
		st.Series += g.Series
		if i, ours := index[g.Labels["job"]]; ours {
			st.Jobs[i].add(&g)
		}
	}
	return st, nil
}

func (j *Job) add(g *group) {
	j.Groups++
	j.Series += g.Series
	j.Overdue = j.Overdue || g.Overdue
	if g.LastPush.After(j.LastPush) {
		j.LastPush = g.LastPush
	}
}

// group is what is used of the API's answer.
type group struct {
	Labels   map[string]string `json:"labels"`
	LastPush time.Time         `json:"last_push"`
	Overdue  bool              `json:"overdue"`
	Series   int               `json:"series"`
}

func (s *stage) groups(ctx context.Context) ([]group, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/groups", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct{ Data []group }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("GET /api/v1/groups: %w", err)
	}
	return answer.Data, nil
}
