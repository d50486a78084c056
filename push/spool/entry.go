package spool

import "time"

// Entry is one batch: opaque bytes, and of them what the spool has to know.
type Entry struct {
	// ID counts the entries put into this Spool, from 1. The parts of an entry keep it.
	// Those of adopted sessions, which go before all others, have 0. Put sets it.
	ID uint64
	// Ordered says that the entry counts by itself: it is kept in the order of Put.
	// Otherwise it is state, and the next state of the same Key supersedes it.
	Ordered bool
	// Key is the group that state belongs to.
	Key string
	// Producer is the session that the entry was put into, and Sequence its number in
	// there, from 1 in the order of Put; 0 for state. Put sets both.
	Producer string
	Sequence uint64
	// Samples is how many samples the payload holds, for counting.
	Samples int
	// Time is when it was put.
	Time time.Time
	// Unsure says that somebody may have received the entry already: MarkUnsure was
	// called, or an earlier process died while it was, or may have been, under way.
	Unsure bool
	// Replaced is the older state of Key that Put dropped for this. What is under way
	// isn't among it: it is let go with the next Head.
	Replaced []Loss
	// Payload is the batch, at most MaxPayload bytes.
	Payload []byte

	item *item // what Head returned
}

// MaxPayload is the most bytes that an entry may have.
const MaxPayload = 1 << 30

// Part is a piece of an entry that was split.
type Part struct {
	Samples int
	Payload []byte
}

// Loss is an entry that went undelivered, or may yet, without its payload.
type Loss struct {
	ID       uint64
	Producer string
	Sequence uint64 // 0 for state
	Key      string
	Samples  int
	Bytes    int64 // of the payload
	Time     time.Time
	Reason   string
	// InMemory says, of what is Left, that it ends with the process.
	InMemory bool
}

// Stats is what a spool holds, and what has happened to it since it was opened.
type Stats struct {
	Entries int
	Bytes   int64 // of payloads
	Samples int
	Oldest  time.Time // when the oldest entry was put; zero without entries
	// InMemory is how many of the entries only memory holds, as the disk fails.
	InMemory int
	// Adopted is how many sessions of earlier processes are not yet replayed to the end.
	Adopted int
	// DiskBytes is the size of the log files, what is done with included.
	DiskBytes int64

	Lost        uint64 // entries that were pushed out by a bound or could not be read back
	LostSamples uint64
	Superseded  uint64 // states that a newer one of their key replaced
	DeadLetters uint64 // entries given to Fail
	Damaged     uint64 // places in log files that could not be read
}
