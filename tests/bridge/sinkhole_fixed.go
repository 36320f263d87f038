//go:build fixed

package main

import "github.com/containers/gvisor-tap-vsock/pkg/types"

// From 0.10.3 on the allowlist is no business of the DNS server, and no name is looked up for it.
func allowNetZones([]string) []types.Zone {
	return nil
}
