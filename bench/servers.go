package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// findGateway returns the gateway's binary, built from this module unless one was given.
func (b *bench) findGateway(ctx context.Context) (string, error) {
	switch b.headgate {
	case "none":
		return "", nil
	case "":
		path := filepath.Join(b.work, "headgate")
		build := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/headgate/headgate/cmd/headgate")
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building the gateway: %w: %s", err, out)
		}
		return path, nil
	}
	return exec.LookPath(b.headgate)
}

// findPushgateway returns "" if there is none and none was asked for.
func findPushgateway(asked string) (string, error) {
	switch asked {
	case "none":
		return "", nil
	case "":
		for _, name := range []string{"prometheus-pushgateway", "pushgateway"} {
			if path, err := exec.LookPath(name); err == nil {
				return path, nil
			}
		}
		return "", nil
	}
	return exec.LookPath(asked)
}

// startGateway starts a gateway with its defaults (fsync of every batch) on the
// data folder of the given name, which it makes or finds again.
func (b *bench) startGateway(ctx context.Context, folder string, flags ...string) (*process, error) {
	args := append([]string{"--web.listen-address=127.0.0.1:0", "--data.dir=" + filepath.Join(b.work, folder)}, flags...)
	return b.start(ctx, "headgate", b.gateway, args...)
}

// startConfigured starts a gateway on a data folder with a configuration file beside it.
func (b *bench) startConfigured(ctx context.Context, folder, config string) (*process, error) {
	file := filepath.Join(b.work, folder+".yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	return b.startGateway(ctx, folder, "--config.file="+file)
}

// startPushgateway starts a Pushgateway that keeps everything in memory.
func (b *bench) startPushgateway(ctx context.Context, flags ...string) (*process, error) {
	args := append([]string{"--web.listen-address=127.0.0.1:0", "--persistence.file="}, flags...)
	return b.start(ctx, "Pushgateway", b.pushgateway, args...)
}

// startPeer starts a handler of this binary.
func (b *bench) startPeer(ctx context.Context, kind string, flags ...string) (*process, error) {
	return b.start(ctx, kind+" handler", b.self, append([]string{"peer", "-kind", kind}, flags...)...)
}

func (b *bench) start(ctx context.Context, name, path string, args ...string) (*process, error) {
	p, err := startProcess(ctx, name, path, args...)
	if err == nil {
		b.children = append(b.children, p)
	}
	return p, err
}
