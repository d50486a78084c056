//go:build !linux && !darwin && !freebsd

package gateway

import "errors"

func room(string) (free, size float64, err error) { return 0, 0, errors.ErrUnsupported }
