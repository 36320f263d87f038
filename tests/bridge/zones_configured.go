//go:build !zonesfirst

package main

import (
	"net"

	"github.com/containers/gvisor-tap-vsock/pkg/types"
)

// host_ip, the guest's address for the host, came with 0.9.0.
const servesHostIP = true

type dnsZone struct {
	Name    string `json:"name"`
	Records []struct {
		Name string `json:"name"`
		IP   string `json:"ip"`
	} `json:"records"`
	DefaultIP string `json:"default_ip"`
}

func (z *dnsZone) zone() types.Zone {
	zone := types.Zone{Name: z.Name, DefaultIP: net.ParseIP(z.DefaultIP)}
	for _, record := range z.Records {
		zone.Records = append(zone.Records,
			types.Record{Name: record.Name, IP: net.ParseIP(record.IP)})
	}
	return zone
}

func (c *config) zones() []types.Zone {
	var zones []types.Zone
	for i := range c.DNSZones {
		zones = append(zones, c.DNSZones[i].zone())
	}
	return append(zones, allowNetZones(c.AllowNet)...)
}
