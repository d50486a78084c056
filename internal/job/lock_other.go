//go:build (!unix && !windows) || aix || solaris

package job

import (
	"errors"
	"os"
)

func lockFile(*os.File) error { return errors.ErrUnsupported }
