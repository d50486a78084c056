package conformance

import "testing"

func startGateway(t *testing.T, profile string) server { t.Skip("none"); return server{} }
