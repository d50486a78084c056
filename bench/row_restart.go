package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// restartRow measures the time from exec to the first 200 of /-/ready with the
// large state in the data folder, after kill -9 and after a graceful stop, and
// makes sure that everything is there again.
func restartRow(ctx context.Context, b *bench) ([]line, error) {
	full, err := b.fullGateway(ctx)
	if err != nil {
		return nil, err
	}
	killed := line{What: "ready after kill -9", Unit: seconds, Budget: &budget{AtMost: 3, Absolute: true}}
	stopped := line{What: "ready after a graceful stop", Unit: seconds, Budget: &budget{AtMost: 3, Absolute: true}}
	if full == nil {
		killed.judge()
		stopped.judge()
		return []line{killed, stopped}, nil
	}
	// The process is another one after each restart, hence closures.
	if killed, err = b.restarts(ctx, killed, full, func() error { full.kill(); return nil }); err != nil {
		return nil, err
	}
	stopped, err = b.restarts(ctx, stopped, full, func() error { return full.stop() })
	return []line{killed, stopped}, err
}

// restarts ends the gateway and starts it again on the same folder, each round
// after every group was pushed once more.
func (b *bench) restarts(ctx context.Context, l line, full *fullServer, end func() error) (line, error) {
	var size int64
	restart := func(ctx context.Context) (float64, error) {
		if _, err := b.pushOnce(full.addr, b.manyGroups).Run(ctx); err != nil {
			return 0, err
		}
		if err := end(); err != nil {
			return 0, err
		}
		var err error
		if size, err = folderSize(filepath.Join(b.work, fullFolder)); err != nil {
			return 0, err
		}
		p, err := b.startFull(ctx)
		if err != nil {
			return 0, err
		}
		full.process = p
		return p.ready.Seconds(), b.checkFull(ctx, p)
	}
	l, err := l.compare(ctx, b.rounds, restart, nil)
	l.Note = fmt.Sprintf("%s MB in the data folder", significant(float64(size)/1e6))
	return l, err
}

func folderSize(dir string) (int64, error) {
	var size int64
	err := fs.WalkDir(os.DirFS(dir), ".", func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
