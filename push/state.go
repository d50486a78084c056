package push

import "time"

// State is how far a batch has come at one target.
type State uint8

// The states. Pending comes first, then any number of Retrying, then one of the others.
const (
	// Pending is a batch that waits for its first attempt.
	Pending State = iota
	// Retrying is a batch whose last attempt failed and that will be sent again.
	Retrying
	// Succeeded is a batch that the target has taken.
	Succeeded
	// Failed is a batch that was given up: refused for good, tried as often as
	// Retry.Attempts says, or pushed out by a bound.
	Failed
	// Superseded is cumulative state in whose place newer state is sent.
	Superseded
	// Spooled is a batch that the Pusher left to the next process when it closed.
	Spooled
	states
)

var stateNames = [states]string{"pending", "retrying", "succeeded", "failed", "superseded", "spooled"}

// String returns the state as logs and metrics spell it.
func (s State) String() string {
	if s < states {
		return stateNames[s]
	}
	return "invalid"
}

// Event is a change of a batch's state at one target.
type Event struct {
	Target string
	State  State
	// Job, Mode, Producer, Sequence and Samples are the batch's.
	Job      string
	Mode     Mode
	Producer string
	Sequence uint64
	Samples  int
	// Attempt is how many attempts were made.
	Attempt int
	// Err is why the last attempt, or the batch, failed.
	Err error
	// Warnings are what the target said of the batch in the last attempt. The hook must
	// not change them.
	Warnings []Warning
	// Wait is how long until the next attempt, in state Retrying.
	Wait time.Duration

	told bool // somebody gets Err as an error, and need not read it in the log
}

func eventOf(target string, s State, b *Batch) Event {
	return Event{Target: target, State: s, Job: b.Job, Mode: b.Mode, Producer: b.Producer, Sequence: b.Sequence, Samples: b.Samples}
}
