package wire

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
)

// What a registry gathers comes back from its encoding, UTF-8 names included.
func TestDecodeReadsWhatAppendWrote(t *testing.T) {
	families := gather(t, 100)
	name := "größe.total"
	families[0].Name = &name
	encoded := Append(nil, families)
	decoded, err := Decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if again := Append(nil, decoded); !bytes.Equal(again, encoded) {
		t.Errorf("encoded again:\n got %x\nwant %x", again, encoded)
	}
}

// A damaged batch is an error that says where, and costs no more memory than it has bytes.
func TestDecodeDamaged(t *testing.T) {
	for _, tc := range []struct{ hex, want string }{
		{"05", "family 1 of an encoded batch, at byte 1: claims 5 bytes, 0 are left"},
		{"030a0161" + "ffffffffffffff7f00", "family 2 of an encoded batch, at byte 12: claims 72057594037927935 bytes, 1 are left"},
		{"ff", "family 1 of an encoded batch, at byte 0: want its length as a varint, got ff"},
		{"ffffffffffffffffffff01", "want its length as a varint"},
		{"020a00", `family 1 of an encoded batch: invalid metric name ""`},
		{"0107", "family 1 of an encoded batch"},
	} {
		b, err := hex.DecodeString(tc.hex)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Decode(b); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got error %v, want one with %q", tc.hex, err, tc.want)
		}
	}
}

// Decode never panics, and what it takes can be encoded and decoded again.
func FuzzDecode(f *testing.F) {
	f.Add(Append(nil, gather(f, 2)))
	for seed := range uint64(8) {
		f.Add(Append(nil, choices{rand.New(rand.NewPCG(seed, 2))}.families()))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		Legacy(b)
		families, err := Decode(b)
		if err != nil {
			return
		}
		encoded := Append(nil, families)
		again, err := Decode(encoded)
		if err != nil {
			t.Fatalf("%x was decoded and encoded as %x: %v", b, encoded, err)
		}
		if twice := Append(nil, again); !bytes.Equal(twice, encoded) {
			t.Fatalf("encoded twice:\n got %x\nwant %x", twice, encoded)
		}
	})
}
