// Package journal is the gateway's ordered, durable log: what it has delivered
// without an error survives a crash, in the same order, exactly once.
//
// # The way of an entry
//
//	Append ─► queue ─► writer goroutine ──────────────► deliverer goroutine ─► Options.Deliver
//	 (caller)          number, encode, one write,        in log order, while the
//	                   one fdatasync for all waiting     next batch is written
//
// Everything that waits when the writer looks is one batch, so the cost of the
// fdatasync is shared by all who arrived during the one before.
//
// # Files
//
//	DIR/lock                                who owns the folder (lock_unix.go)
//	DIR/journal/segment-<first seq>         records, in order (header.go, record.go)
//	DIR/journal/snapshot-<seq>              the state after record seq (snapshot.go)
//	DIR/journal/reserve                     room kept for urgent entries (reserve.go)
//	DIR/journal/*.tmp                       unfinished, removed on the next start
//	DIR/journal/*.damaged-<n>               what repair has set aside (repair.go)
//
// # Crash argument
//
// A record is written only into a segment whose header and directory entry are
// durable: a segment is made under a temporary name, synced, renamed, and its
// folder synced, before its first record. So a segment without a whole header is
// damage, never a crash.
//
// A segment is synced up to the first record of the next one before that appears. So
// whatever is missing in any segment but the last is damage, in every sync mode. What
// a segment holds from the next one's first seq on is superseded and not looked at.
//
// In the last segment the sectors of an unsynced batch reach the disk in any order:
// a torn record may be followed by whole ones of the same batch. Each record
// therefore carries the number of the last record known to be durable when it was
// written. A hole at record n is a torn tail, and is cut, unless a whole record
// behind it says that n was durable: then it is damage, and the start stops (tail.go).
//
// A batch that could not be written or synced is cut off again and the cut synced
// before its entries are answered, so what was refused does not come back. Where
// even that fails the entries' error wraps ErrUncertain, nothing more is written
// until the cut has succeeded, and only those entries may or may not be there after
// a restart (recover.go).
//
// A snapshot is durable under its final name before anything that it replaces is
// removed. Removals may reach the disk in any order: segments that a whole snapshot
// covers are not looked at.
package journal
