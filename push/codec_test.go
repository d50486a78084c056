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

// ranBatch tells of a run besides.
func ranBatch() *Batch {
	b := sampleBatch()
	b.Run = "id=1&event=start"
	return b
}

// What is taken out of a queue is what was put there.
func TestEnvelopeKeepsTheBatch(t *testing.T) {
	for _, want := range []*Batch{sampleBatch(), ranBatch(), {Job: "j", Mode: Delete}} {
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
	var data []byte
	for _, b := range []*Batch{sampleBatch(), ranBatch()} {
		b.encoded = nil
		data, _ = appendEnvelope(nil, b)
		for n := range data {
			if _, err := readEnvelope(data[:n]); err == nil {
				t.Errorf("the first %d bytes of %d were read as a batch", n, len(data))
			}
		}
	}
	data[0] = envelopeVersionRun + 1
	if _, err := readEnvelope(data); err == nil {
		t.Error("an envelope of the next version was read")
	}
}

// A spool of a library that knew nothing of runs is read as it was meant, and one that
// this library writes without runs has the same bytes.
func TestEnvelopeBeforeRuns(t *testing.T) {
	before := []byte("\x01\x01\x01\x80\x80\xda\xcf\xed\xbb\x1d\x80\x80\x81\x96\x8f\xa4\x15" +
		"\x06backup\x02\x08instance\x04db-1\x04zone\x00body")
	got, err := readEnvelope(before)
	if want := sampleBatch(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if data, _ := appendEnvelope(nil, sampleBatch()); !bytes.Equal(data, before) {
		t.Errorf("written as %q, want %q", data, before)
	}
}

func FuzzEnvelope(f *testing.F) {
	data, _ := appendEnvelope(nil, sampleBatch())
	f.Add(data)
	data, _ = appendEnvelope(nil, ranBatch())
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
		if err != nil || !reflect.DeepEqual(b.Grouping, c.Grouping) || b.Job != c.Job || b.Run != c.Run || !bytes.Equal(b.encoded, c.encoded) {
			t.Fatalf("read %+v, then %+v, %v", b, c, err)
		}
	})
}
