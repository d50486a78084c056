package push

import "context"

// Transport takes batches to where they are to go. A Pusher sends one batch at a
// time to each of its targets; a Transport that several Pushers share is called
// by several goroutines.
type Transport interface {
	// Send delivers b, or says why not: with a *SendError where more is known than
	// that it failed. It does not retry, and it returns when ctx ends. What the target
	// has to say of a batch that it takes, Send passes on with Warn.
	Send(ctx context.Context, b *Batch) error
	// Close lets go of what the Transport holds. No Send follows it.
	Close() error
}
