package store

import "github.com/headgate/headgate/internal/expo"

// job is what one job has resident, so that a push is held to the job's limits
// without a look at its other groups.
type job struct {
	name   string
	groups int
	series int
}

// ownSeries is how many series the gateway adds to each group.
const ownSeries = 2

// jobOf returns the job of a new group with these labels.
func (s *Store) jobOf(labels []expo.Label) *job {
	name := jobName(labels)
	j := s.jobs[name]
	if j == nil {
		j = &job{name: name}
		s.jobs[j.name] = j
	}
	return j
}

func jobName(labels []expo.Label) string {
	for _, l := range labels {
		if l.Name == "job" {
			return l.Value
		}
	}
	return ""
}

// leave takes a group out of its job.
func (s *Store) leave(g *group) {
	if g.job.groups--; g.job.groups == 0 {
		delete(s.jobs, g.job.name)
	}
}

// count moves what is known of how much is resident: in all, of the group and of its job.
func (s *Store) count(g *group, sign int, text string) {
	lines := sign * countLines(text)
	g.series += int32(lines)
	g.job.series += lines
	s.blocks += sign
	s.series += lines
	s.bytes += int64(sign * len(text))
}
