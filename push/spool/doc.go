// Package spool is a bounded queue on disk for batches that wait to be sent. What was
// put without an error survives the death of the process and of the machine, and is
// sent by this process or the next: ordered entries each, in order, under the number
// they were given first; of state the newest of each key.
//
//	s, err := spool.Open(dir, spool.Options{})
//	lost, err := s.Put(&spool.Entry{Ordered: true, Payload: batch})
//
//	e, err := s.Head()  // before every attempt
//	err = send(e)       // by e.Producer and e.Sequence a repetition is recognised
//	err = s.Done(e)     // or Fail, Split, MarkUnsure; or Head again to repeat it
//
// # Sessions
//
// What a process puts is a session: a folder with a log of its own, and a producer id
// under which its ordered entries are numbered 1, 2, 3… The process holds the session's
// lock as long as it lives. Whoever opens the spool adopts the sessions whose lock is
// free, and sends their entries, under their producers, before its own. So processes
// that overlap, as cron jobs do, share a spool without waiting for each other.
//
// # Files
//
//	DIR/<time>-<producer>/lock          who has the session (lock_*.go)
//	DIR/<time>-<producer>/log-<n>       records; the highest n counts (record.go, rewrite.go)
//	DIR/<time>-<producer>/log.tmp       unfinished
//	DIR/<time>-<producer>.damaged       what could not be read of a log (adopt.go)
//	DIR/dead-letters*.jsonl             what failed or was pushed out (deadletters.go)
//
// Folders are made with mode 0700 and files with 0600: metrics may be private.
//
// # Memory and disk
//
// The queue is in memory: what is to be sent next, and where in which log its payload
// is. The log says the same, a record for each change. Where the disk refuses, the
// queue goes on without it: payloads stay in memory, within a bound of their own, and
// are written in order once the disk takes them again. A log that may no longer be
// trusted is replaced by one that is written from the queue (rewrite.go).
//
// # Crash argument
//
// A put or a split is answered after a sync, so it is whole in the log after any crash.
// All before it in the log is too: a log is read from its beginning to where a crash
// has torn it, and that is behind the last answer. Records say how much of the file was
// durable when they were written, which tells a torn end from damage: a bad record is
// damage if a whole one behind it says that it was durable. Damage is set aside, counted
// and stepped over; the entries behind it are kept.
//
// That an entry is done is written and not synced. A crash may bring it back; then it
// is sent again under its number, by which it is recognised.
//
// A number never gets a second content once the first may have been sent. A put that
// fails uses up its number. A split gives numbers anew, so only an entry that surely
// hasn't arrived may be split, and nothing behind it has been tried yet, since one entry
// is sent at a time. After a crash, which entries may have arrived follows from the
// mark, which is on disk before they are sent (mark.go). Put every state of a key, or
// none: state that is delivered past the spool may be followed by an older one after
// the machine crashed.
package spool
