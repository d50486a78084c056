package scrape

import "unsafe"

type cache struct{}
type rendition struct{}

// bytesOf returns the bytes of s without copying them. They must not be changed;
// io.Writer promises that of what it is given.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
