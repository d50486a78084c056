package journal

import (
	"errors"
	"fmt"
)

var (
	// ErrQueueFull refuses an entry because too many, or too many bytes, wait already.
	ErrQueueFull = errors.New("journal queue is full")
	// ErrClosed refuses an entry because the journal is not, or no longer, started.
	ErrClosed = errors.New("journal is closed")
	// ErrTooLarge refuses an entry whose payload exceeds Options.MaxRecord.
	ErrTooLarge = errors.New("journal record is too large")
	// ErrNoSpace fails an entry because the disk, or the owner's quota, is full. The
	// journal takes entries again by itself once there is room.
	ErrNoSpace = errors.New("no space left for the journal")
	// ErrUncertain marks an entry that failed and could not be cut off durably: after
	// a crash it may be in the log or not.
	ErrUncertain = errors.New("outcome unknown until the next start")
	// ErrLocked is what a *LockedError is.
	ErrLocked = errors.New("data folder is in use")
)

// LockedError says that another process owns the data folder.
type LockedError struct {
	Dir string
	PID int // 0: the owner did not say
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("data folder %q is in use by another process", e.Dir)
	}
	return fmt.Sprintf("data folder %q is in use by process %d", e.Dir, e.PID)
}

// Is makes errors.Is(err, ErrLocked) true.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// DamageError says that a part of the log which was durable can't be read. Nothing
// was changed on disk.
type DamageError struct {
	Dir     string // the data folder
	Segment string // the file's name: a segment or a snapshot
	Offset  int64  // where in the file, in bytes
	Reason  string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("journal file %q is damaged at offset %d: %s; run: headgate journal repair --data.dir=%s",
		e.Segment, e.Offset, e.Reason, e.Dir)
}

// noSpace makes err recognisable as ErrNoSpace if that is what it is.
func noSpace(err error) error {
	if err == nil || errors.Is(err, ErrNoSpace) || !isNoSpace(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNoSpace, err)
}
