//go:build fixed

package main

import (
	"net"

	"github.com/containers/gvisor-tap-vsock/pkg/types"
)

// From 0.10.3 on the allowlist is no business of the DNS server, and no name is looked up for it: a
// dialer does it, which wants to know the box's subnet. Its text is what such a bridge is known by.
func allowNetZones([]string) []types.Zone {
	if _, _, err := net.ParseCIDR("192.168.127.0/24"); err != nil {
		panic("egress dialer: parse box subnet: " + err.Error())
	}
	return nil
}
