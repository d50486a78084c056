package push

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

func sampleBatch() *Batch {
	return &Batch{
		Job: "backup", Grouping: []Label{{Name: "instance", Value: "db-1"}, {Name: "zone"}}, Mode: Merge,
		Lifetime: Lifetime{TTL: 36 * time.Hour, Expect: 26 * time.Hour, KeepUntilScraped: true},
		encoded:  []byte("body"),
	}
}

// What is taken out of a queue is what was put there.
func TestEnvelopeKeepsTheBatch(t *testing.T) {
	for _, want := range []*Batch{sampleBatch(), {Job: "j", Mode: Delete}} {
		data, err := appendEnvelope(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readEnvelope(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.encoded) == 0 {
			got.encoded = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// An envelope that was cut off or is of another version is an error.
func TestEnvelopeThatCannotBeRead(t *testing.T) {
	b := sampleBatch()
	b.encoded = nil
	data, _ := appendEnvelope(nil, b)
	for n := range data {
		if _, err := readEnvelope(data[:n]); err == nil {
			t.Errorf("the first %d bytes of %d were read as a batch", n, len(data))
		}
	}
	data[0]++
	if _, err := readEnvelope(data); err == nil {
		t.Error("an envelope of the next version was read")
	}
}

func FuzzEnvelope(f *testing.F) {
	data, _ := appendEnvelope(nil, sampleBatch())
	f.Add(data)
	f.Add([]byte{envelopeVersion, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := readEnvelope(data)
		if err != nil {
			return
		}
		again, err := appendEnvelope(nil, b)
		if err != nil {
			t.Fatal(err)
		}
		c, err := readEnvelope(again)
		if err != nil || !reflect.DeepEqual(b.Grouping, c.Grouping) || b.Job != c.Job || !bytes.Equal(b.encoded, c.encoded) {
			t.Fatalf("read %+v, then %+v, %v", b, c, err)
		}
	})
}
