package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// saveAll saves each table in from.
func saveAll(ctx context.Context, from, to string, m *metrics) error {
	tables, err := filepath.Glob(filepath.Join(from, "*.csv"))
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return fmt.Errorf("no table in %q: want files called *.csv", from)
	}
	for _, path := range tables {
		if err := save(ctx, path, to, m); err != nil {
			return fmt.Errorf("save %q: %w", path, err)
		}
	}
	return nil
}

func save(ctx context.Context, path, to string, m *metrics) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	// A read from a disk that hangs must not outlast SIGTERM.
	defer context.AfterFunc(ctx, func() { in.Close() })()
	out, err := os.Create(filepath.Join(to, filepath.Base(path)+".gz"))
	if err != nil {
		return err
	}
	defer out.Close()
	table := strings.TrimSuffix(filepath.Base(path), ".csv")
	packed := gzip.NewWriter(out)
	if _, err := io.Copy(packed, io.TeeReader(in, rows{m, table})); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	info, err := out.Stat()
	if err != nil {
		return err
	}
	m.size.WithLabelValues(table).Set(float64(info.Size()))
	return out.Sync()
}

// rows counts the lines that are written to it.
type rows struct {
	m     *metrics
	table string
}

func (r rows) Write(b []byte) (int, error) {
	r.m.rows.WithLabelValues(r.table).Add(float64(bytes.Count(b, []byte("\n"))))
	return len(b), nil
}
