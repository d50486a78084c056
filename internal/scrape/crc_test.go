package scrape

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// The CRC of the parts gives the CRC of the whole, wherever it is cut.
func TestCRCJoin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 1<<17)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	for _, n := range []int{0, 1, 2, 3, 255, 4096, 65537, len(data)} {
		want := crc32.ChecksumIEEE(data[:n])
		for _, cut := range []int{0, 1, n / 3, n / 2, n} {
			cut = min(cut, n)
			a, b := crc32.ChecksumIEEE(data[:cut]), crc32.ChecksumIEEE(data[cut:n])
			if got := crcJoin(a, b, crcShift(n-cut)); got != want {
				t.Errorf("%d bytes cut at %d: %08x, want %08x", n, cut, got, want)
			}
		}
	}
}
