package store

import (
	"strings"
	"time"
)

// Origin is who asked for a delete.
type Origin struct {
	User    string // of basic authentication, "" if there is none
	Address string // of the client
	What    string // the route or the selectors, as they were asked for
}

func (o Origin) clone() Origin {
	return Origin{strings.Clone(o.User), strings.Clone(o.Address), strings.Clone(o.What)}
}

// Action is what an audit entry tells of. The numbers are on disk.
type Action uint8

// The actions.
const (
	ActionDelete Action = iota
	ActionWipe
	ActionUndo
	actions
)

var actionNames = [actions]string{"delete", "wipe", "undo"}

func (a Action) String() string { return actionNames[a] }

// AuditEntry is a delete, a wipe or an undo.
type AuditEntry struct {
	// ID names what can be undone. An undo has that of what it undid.
	ID     string
	Time   int64 // nanoseconds since the epoch
	Action Action
	Origin Origin
	// Groups and Series are how many were deleted, or brought back.
	Groups, Series int
	// Until is to when it can be undone, in nanoseconds since the epoch, 0 if it can't.
	Until int64
	// Undone is how many of its groups are back.
	Undone int
}

// mostAudited bounds the list of deletes.
const mostAudited = 1000

// note adds to the list of deletes. What one request does in several records is one entry.
func (s *Store) note(e AuditEntry) {
	if n := len(s.audit); n > 0 && s.audit[n-1].ID == e.ID && s.audit[n-1].Action == e.Action {
		last := &s.audit[n-1]
		last.Groups += e.Groups
		last.Series += e.Series
		last.Until = e.Until
		return
	}
	e.ID, e.Origin = strings.Clone(e.ID), e.Origin.clone()
	if len(s.audit) >= mostAudited {
		s.audit = append(s.audit[:0], s.audit[len(s.audit)-mostAudited+1:]...)
	}
	s.audit = append(s.audit, e)
}

// amend changes the newest entry of a delete or wipe.
func (s *Store) amend(id string, change func(*AuditEntry)) {
	for i := len(s.audit) - 1; i >= 0; i-- {
		if s.audit[i].ID == id && s.audit[i].Action != ActionUndo {
			change(&s.audit[i])
			return
		}
	}
}

// Audit lists deletes, wipes and undos, the newest first.
func (s *Store) Audit() []AuditEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]AuditEntry, 0, len(s.audit))
	for i := len(s.audit) - 1; i >= 0; i-- {
		list = append(list, s.audit[i])
	}
	return list
}

// Undo is what becomes of deleted groups.
type Undo struct {
	// ID names the delete, for those who want it undone.
	ID string
	// Window is for how long, 0 for not at all.
	Window time.Duration
	// Bytes is how much exposition text all deleted groups may hold; the oldest go first.
	Bytes int64
}
