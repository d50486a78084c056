package spool

import "errors"

// Errors that a caller may decide by, with errors.Is.
var (
	// ErrClosed is returned by a Spool that was closed.
	ErrClosed = errors.New("spool is closed")
	// ErrNotDurable wraps why the disk did not take an entry. The entry is queued all
	// the same, in memory, and the disk is tried again with the next one.
	ErrNotDurable = errors.New("entry is kept in memory only")
	// ErrNotHead is returned for an entry that is not the one Head returned last.
	ErrNotHead = errors.New("entry is not the one under way")
	// ErrUnsure is returned by Split for an entry that may have arrived whole.
	ErrUnsure = errors.New("an entry that may have arrived can't be split")
	// ErrLive is returned by Drop for a session that a process has.
	ErrLive = errors.New("session belongs to a running process")
)

var (
	// errLockHeld is what a file system says of a lock that somebody else has.
	errLockHeld = errors.New("lock is held")
	// errPayload is what has become of a payload on a disk that forgets.
	errPayload = errors.New("payload can't be read back")
	// errVersion leaves a session alone that a newer program has written.
	errVersion = errors.New("record of an unknown version")
)
