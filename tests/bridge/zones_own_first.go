//go:build zonesfirst

package main

import (
	"net"

	"github.com/containers/gvisor-tap-vsock/pkg/types"
)

const servesHostIP = false

// 0.8.x knows no records: the key is skipped like any other it has not heard of.
type dnsZone struct {
	Name      string `json:"name"`
	DefaultIP string `json:"default_ip"`
}

// The configured zones come behind the catch-all, where the matcher never gets.
func (c *config) zones() []types.Zone {
	zones := allowNetZones(c.AllowNet)
	for _, z := range c.DNSZones {
		zones = append(zones, types.Zone{Name: z.Name, DefaultIP: net.ParseIP(z.DefaultIP)})
	}
	return zones
}
