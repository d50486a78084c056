package spool

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Options of a Spool. The zero value of each means its default.
type Options struct {
	// MaxBytes bounds the log files of all sessions in the folder, in bytes, but for
	// 1 KiB that each has in front; default 256 MiB. A quarter of it is room for what
	// is done with and not yet cleaned up. While a file is cleaned up its new form
	// stands beside it for a moment. A process whose siblings fill the bound still gets
	// an eighth.
	MaxBytes int64
	// MaxEntries bounds the entries; default 65,536. Each takes some 150 bytes of
	// memory and its key.
	MaxEntries int
	// MaxMemory bounds the payloads that only memory holds, in bytes; default 16 MiB.
	MaxMemory int64
	// MaxDead bounds the dead-letter files, and once more the *.damaged files, in
	// bytes; default 16 MiB. The oldest go first.
	MaxDead int64
	// Logger hears of torn and damaged files; default slog.Default().
	Logger *slog.Logger

	fs     fileSystem
	now    func() time.Time
	random io.Reader
}

func (o Options) withDefaults() (Options, error) {
	for _, bound := range []struct {
		name string
		n    int64
	}{
		{"MaxBytes", o.MaxBytes}, {"MaxEntries", int64(o.MaxEntries)},
		{"MaxMemory", o.MaxMemory}, {"MaxDead", o.MaxDead},
	} {
		if bound.n < 0 {
			return o, fmt.Errorf("spool: %s is %d, want a positive number or 0 for the default", bound.name, bound.n)
		}
	}
	setDefault(&o.MaxBytes, 256<<20)
	setDefault(&o.MaxEntries, 65_536)
	setDefault(&o.MaxMemory, 16<<20)
	setDefault(&o.MaxDead, 16<<20)
	setDefault(&o.Logger, slog.Default())
	if o.fs == nil {
		o.fs = osFS{}
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.random == nil {
		o.random = rand.Reader
	}
	return o, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
