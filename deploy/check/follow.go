package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// image is what a Dockerfile's last stage makes, built without an engine.
type image struct {
	root    string // its files
	user    string
	command []string // entry point and arguments
	health  []string
}

// follow does what the Dockerfile's steps say, in folders instead of layers, and runs the
// outcome as an engine would: as its user, on a root that can't be written, with a
// network of its own.
func follow(w io.Writer, stages []instructions.Stage, context string) error {
	tmp, err := os.MkdirTemp("", "headgate-image-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // what is left is the system's to clear
	out := filepath.Join(tmp, "out")
	if err := build(stages[0], context, out); err != nil {
		return err
	}
	img, err := assemble(stages[len(stages)-1], out, filepath.Join(tmp, "root"))
	if err != nil {
		return err
	}
	return img.run(w)
}

// build runs the steps of the first stage that make something; the others fetch modules,
// which Go does by itself.
func build(stage instructions.Stage, context, out string) error {
	for _, c := range stage.Commands {
		run, ok := c.(*instructions.RunCommand)
		script := ""
		if ok {
			script = strings.Join(run.CmdLine, " ")
		}
		if !strings.Contains(script, "go build") {
			continue
		}
		cmd := exec.Command("sh", "-c", strings.ReplaceAll(script, "/out", out))
		cmd.Dir = context
		cmd.Env = append(os.Environ(), "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH, "VERSION=followed", "REVISION=none")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", script, err, text)
		}
		return nil
	}
	return errors.New("the first stage builds nothing: no RUN has go build")
}

func assemble(stage instructions.Stage, out, root string) (*image, error) {
	img := &image{root: root}
	for _, c := range stage.Commands {
		switch c := c.(type) {
		case *instructions.CopyCommand:
			if err := place(c, out, root); err != nil {
				return nil, err
			}
		case *instructions.UserCommand:
			img.user = c.User
		case *instructions.EntrypointCommand:
			img.command = append(c.CmdLine, img.command...)
		case *instructions.CmdCommand:
			img.command = append(img.command, c.CmdLine...)
		case *instructions.HealthCheckCommand:
			img.health = c.Health.Test[1:] // behind "CMD"
		}
	}
	if img.user == "" || len(img.command) == 0 || len(img.health) == 0 {
		return nil, errors.New("the last stage lacks a USER, a command or a HEALTHCHECK")
	}
	return img, nil
}

// place copies from the first stage's output, or from this machine what that stage's image has.
func place(c *instructions.CopyCommand, out, root string) error {
	to := filepath.Join(root, c.DestPath)
	if strings.HasSuffix(c.DestPath, "/") {
		to += "/"
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	for _, source := range c.SourcePaths {
		from := source
		if rest, ok := strings.CutPrefix(source, "/out"); ok {
			from = out + rest
		}
		if text, err := exec.Command("cp", "-aL", from, to).CombinedOutput(); err != nil {
			return fmt.Errorf("COPY %s: %w: %s", source, err, text)
		}
	}
	if c.Chown == "" {
		return nil
	}
	if text, err := exec.Command("chown", "-R", c.Chown, to).CombinedOutput(); err != nil {
		return fmt.Errorf("COPY --chown=%s: %w: %s", c.Chown, err, text)
	}
	return nil
}

// inside starts the command in the namespaces, asks for its health until it has it or
// half a minute is over, and ends it in order. $1 is the root, $2 the user, $3 and $4 the command
// and the health check.
const inside = `
set -eu
ip link set lo up
mount --bind "$1" "$1"
mount -t tmpfs -o mode=0700,uid="${2%%:*}",gid="${2##*:}" data "$1/data"
mount -o remount,bind,ro "$1"
chroot --userspec="$2" "$1" $3 >"$1/../log" 2>&1 &
gateway=$!
i=0
until chroot --userspec="$2" "$1" $4 2>>"$1/../log"; do
	i=$((i+1))
	[ $i -lt 300 ] && kill -0 $gateway || { tail -n 20 "$1/../log"; exit 1; }
	sleep 0.1
done
kill -TERM $gateway
wait $gateway
`

func (img *image) run(w io.Writer) error {
	if why := exec.Command("unshare", "--mount", "--net", "true").Run(); why != nil || os.Getuid() != 0 {
		_, err := fmt.Fprintf(w, "skipped: the image is not run: it needs root and namespaces (%v)\n", why)
		return err
	}
	cmd := exec.Command("unshare", "--mount", "--net", "sh", "-c", inside, "inside",
		img.root, img.user, strings.Join(img.command, " "), strings.Join(img.health, " "))
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running %v as %s: %w\n%s", img.command, img.user, err, text)
	}
	_, err := fmt.Fprintf(w, "ok: the image runs as %s on a root that can't be written, and is healthy\n", img.user)
	return err
}
