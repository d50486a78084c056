package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
)

// compose loads a compose file as docker compose does, by its schema, and looks whether
// the files that it mounts are there.
func compose(w io.Writer, file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithDotEnv)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for name, s := range project.Services {
		for _, v := range s.Volumes {
			if v.Type != "bind" {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				return fmt.Errorf("%s: service %s: %w", file, name, err)
			}
		}
		if s.Build != nil {
			if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
				return fmt.Errorf("%s: service %s: %w", file, name, err)
			}
		}
		if _, err := fmt.Fprintf(w, "ok: %s: service %s\n", file, name); err != nil {
			return err
		}
	}
	return nil
}
