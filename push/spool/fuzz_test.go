package spool

import (
	"bytes"
	"testing"
)

// FuzzLog guards that no log makes replayLog panic, allocate without bound or return a
// queue that contradicts itself. With sealed, data is the bodies of records, so that
// what is behind the checksums is reached too: each a kind, a length and so many bytes.
func FuzzLog(f *testing.F) {
	put := putRecord{id: 1, sequence: 1, ordered: true, payload: []byte("payload")}
	body := put.append(nil)
	f.Add(append([]byte{byte(kindPut), byte(len(body))}, body...), true)
	state := putRecord{id: 2, key: "k", payload: []byte("state")}
	body2 := state.append(nil)
	split := splitRecord{id: 1, first: 3, parts: []Part{{1, []byte("pay")}, {2, []byte("load")}}}
	body3 := split.append(nil)
	all := append([]byte{byte(kindPut), byte(len(body))}, body...)
	all = append(append(all, byte(kindPut), byte(len(body2))), body2...)
	all = append(append(all, byte(kindSplit), byte(len(body3))), body3...)
	all = append(append(all, byte(kindGone), 8), le.AppendUint64(nil, 3)...)
	f.Add(all, true)
	f.Add(all, false)
	f.Fuzz(func(t *testing.T, data []byte, sealed bool) {
		const salt = 7
		file := append(logHead{}.encode(salt), make([]byte, headSize-copySize)...)
		if !sealed {
			file = append(file, data...)
		}
		for sealed && len(data) >= 2 {
			n := min(int(data[1]), len(data)-2)
			at := len(file)
			file = append(append(file, make([]byte, recordHeader)...), data[2:2+n]...)
			seal(file[at:], salt, int64(at), int64(at), kind(data[0]))
			data = data[2+n:]
		}
		r, err := replayLog(bytes.NewReader(file), int64(len(file)), salt)
		if err != nil {
			return
		}
		checkQueue(t, &r.q, int64(len(file)))
	})
}

func checkQueue(t *testing.T, q *queue, size int64) {
	t.Helper()
	sum, samples, last := int64(0), 0, uint64(0)
	live := q.live()
	for _, it := range live {
		if it.off < headSize || it.size < 0 || it.off+it.size > size {
			t.Fatalf("payload at %d of %d bytes in a file of %d", it.off, it.size, size)
		}
		if it.ordered() && it.sequence <= last {
			t.Fatalf("sequence %d after %d", it.sequence, last)
		}
		last = max(last, it.sequence)
		sum, samples = sum+it.size, samples+it.samples
	}
	if len(live) != q.count || sum != q.bytes || samples != q.samples {
		t.Fatalf("%d entries of %d bytes, counted %d of %d", len(live), sum, q.count, q.bytes)
	}
}
