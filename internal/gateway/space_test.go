package gateway

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// What the disk alerts are made of is there, and makes sense.
func TestSpaceIsShown(t *testing.T) {
	if _, _, err := room(t.TempDir()); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system isn't asked for the room on a disk")
	}
	var s space
	s.look(t.TempDir())
	shown := gathered(t, &s)
	free, size := shown["headgate_disk_free_bytes"], shown["headgate_disk_size_bytes"]
	if free <= 0 || size < free {
		t.Errorf("free %g of %g bytes: want 0 < free ≤ size", free, size)
	}
}

// A disk that can't be asked is no full disk.
func TestUnknownSpaceIsNotShown(t *testing.T) {
	var s space
	s.look(t.TempDir())
	s.look(filepath.Join(t.TempDir(), "gone"))
	if shown := gathered(t, &s); len(shown) != 0 {
		t.Errorf("shown %v: want nothing of a folder that isn't there", shown)
	}
}

// gathered returns the gauges of a collector by name.
func gathered(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(c)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		values[f.GetName()] = f.GetMetric()[0].GetGauge().GetValue()
	}
	return values
}
