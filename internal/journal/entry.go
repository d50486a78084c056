package journal

// Kind says what an entry's payload is. The values are the owner's; the journal
// stores them and does not look inside.
type Kind uint8

// Entry is one record on its way into the log, or out of it in a replay.
//
// From Append until Deliver has been called with it, an entry and its payload belong
// to the journal and must not be changed.
type Entry struct {
	Kind    Kind
	Payload []byte
	// Urgent entries may use the disk reserve: deletes and wipes, which make room.
	Urgent bool
	// Owner is whatever the caller needs to find its way back in Deliver.
	Owner any

	// Seq is the entry's position in the log, counted from 1, without gaps. 0 on an
	// entry that failed. On an entry from a snapshot it is the snapshot's position.
	Seq uint64
	// Time is when the entry was written, in unix nanoseconds. It never decreases
	// along the log, even across restarts and when the clock is set back.
	Time int64
	// Err is why the entry is not in the log; nil if it is.
	Err error
}
