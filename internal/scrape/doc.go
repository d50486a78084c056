// Package scrape keeps what GET /metrics answers as ready bytes and serves it.
//
// All resident samples form one list of blocks, ordered by family name and then
// by owner. A block is the samples of one family in one group, as text. Runs of
// consecutive blocks make pages of about 64 KiB:
//
//	blocks   a{job=1} a{job=2} a{job=3} | a{job=4} b{job=1} c{job=1} | c{job=2} …
//	pages    ────────── 0 ───────────── | ─────────── 1 ──────────── | ── 2 ─── …
//
// A push touches the pages its blocks lie in and no other. [Book.View] renders
// those anew and returns an immutable [View], from which any number of scrapes is
// answered without a lock. A page's renditions, which are its bytes in a format
// and their deflate stream, are made when first asked for and kept with the page,
// so what did not change is neither encoded nor compressed again.
package scrape
