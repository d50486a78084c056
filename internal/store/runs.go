package store

import (
	"slices"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/runs"
)

// runsChunk is how many histories are in one record of a snapshot: at most a few megabytes.
const runsChunk = 100

// noteRun takes over what a push tells of a run.
func (s *Store) noteRun(c *Change, t int64) {
	e := c.Terms.Run
	if e == nil {
		return
	}
	s.joinRuns(s.groups[c.Key])
	s.runs.Note(runsKey(c.Key), e, t)
}

// joinRuns notes that a group tells of runs.
func (s *Store) joinRuns(g *group) {
	if !g.tells {
		g.tells = true
		s.runs.Join(runsKey(g.key))
	}
}

// runsKey is the key of the history to which a group's runs belong: a job is the
// same wherever it runs.
func runsKey(key string) string {
	labels, err := Labels(key)
	if err != nil {
		return key // of no group
	}
	return KeyOf(slices.DeleteFunc(labels, func(l expo.Label) bool { return l.Name == "instance" }))
}

// Runs are the histories of jobs' runs, in no order that means anything. What they hold
// isn't changed any more.
func (s *Store) Runs() []runs.History {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]runs.History, 0, s.runs.Stats().Histories)
	return slices.AppendSeq(all, s.runs.All())
}

// RunsVersion changes with each change to what Runs returns.
func (s *Store) RunsVersion() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs.Version()
}
