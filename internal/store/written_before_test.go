package store

import (
	"testing"
	"time"
)

// Records that versions before windows and runs have written, with all terms that there
// were, are read as what they meant, and are still written so: the numbers of flags and
// the order of what they say is there stay for ever.
func TestRecordsWrittenBeforeRunsAreReadAlike(t *testing.T) {
	push := &Change{
		Kind: KindPush, Key: keyOfJob("j"), Terms: Terms{
			Replace: true, TTL: time.Minute, Expect: time.Hour, KeepUntilScraped: true,
			Summing: Summing{Mode: Cumulative, Pusher: "p", Epoch: 3, Idle: 5e9},
			Once:    Once{Sequence: Sequence{"x", 2, 7}, Retention: time.Hour},
		},
		Families: []FamilyChange{{Name: "m", Type: 1, Help: "h", HasHelp: true, Text: "m{instance=\"\",job=\"j\"} 1\n"}},
	}
	push.Terms.Limits.Max[0], push.Terms.Limits.DryRun[1] = 10, true
	remove := &Change{
		Kind: KindRemove, Keys: []string{keyOfJob("j")}, Undo: Undo{ID: "i", Window: time.Minute, Bytes: 9},
		Origin: Origin{User: "u", Address: "a", What: "w"},
	}
	for _, test := range []struct {
		meant   *Change
		payload string
	}{
		{push, "\a\x01\x03job\x01j\x7f\x80\xb0\x9d\xc2\xdf\x01\x80\xc0\xe2\x85\xe3h\x02\n\x00\x00\x00\x00\x02\x01p\x03\x80\xe4\x97\xd0\x12\x01x\x02\a\x00\x80\xc0\xe2\x85\xe3h\x01\x01m\x01\x01\x01h\x19m{instance=\"\",job=\"j\"} 1\n"},
		{remove, "\x01u\x01a\x01w\x01i\x80\xb0\x9d\xc2\xdf\x01\t\x01\a\x01\x03job\x01j"},
	} {
		same(t, "written", string(AppendPayload(nil, test.meant)), test.payload)
		var read Change
		if err := read.Decode(test.meant.Kind, []byte(test.payload)); err != nil {
			t.Fatalf("kind %d: %v", test.meant.Kind, err)
		}
		same(t, "read", string(AppendPayload(nil, &read)), test.payload)
		same(t, "terms", read.Terms, test.meant.Terms)
	}
}
