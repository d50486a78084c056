// Command check looks at what is for containers, where there is no container engine: it
// decodes manifests, loads the compose file, lints the Dockerfile and follows its steps.
// It has a module of its own: nothing else here needs these libraries.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: check DEPLOY-FOLDER")
		os.Exit(2)
	}
	if err := check(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(w io.Writer, deploy string) error {
	return errors.Join(
		kubernetes(w, filepath.Join(deploy, "kubernetes/base")),
		kubernetes(w, filepath.Join(deploy, "kubernetes/cronjob")),
		systemd(w, filepath.Join(deploy, "systemd/headgate.service")),
		compose(w, filepath.Join(deploy, "compose/compose.yaml")),
		dockerfile(w, filepath.Join(deploy, "docker/Dockerfile"), filepath.Join(deploy, "..")),
	)
}
