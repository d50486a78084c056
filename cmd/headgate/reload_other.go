//go:build !unix

package main

// notifyReload does nothing where there is no SIGHUP; /-/reload works everywhere.
func notifyReload(chan<- struct{}) (stop func()) { return func() {} }
