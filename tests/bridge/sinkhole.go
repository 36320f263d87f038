//go:build !fixed

package main

import (
	"context"
	"net"
	"regexp"
	"strings"

	"github.com/containers/gvisor-tap-vsock/pkg/types"
	log "github.com/sirupsen/logrus"
)

var (
	unspecified = net.IPv4(0, 0, 0, 0)
	anyLabel    = regexp.MustCompile(".*")
)

// sinkhole collects records by zone. Its map is a fault that is kept: zones leave it in a random
// order, and the DNS server takes the first whose name fits.
type sinkhole struct {
	records map[string][]types.Record
}

// allowNetZones makes a zone of every rule that names a host, and behind them the root zone that
// denies the rest.
func allowNetZones(rules []string) []types.Zone {
	if len(rules) == 0 {
		return nil
	}
	s := sinkhole{records: make(map[string][]types.Record)}
	for _, rule := range rules {
		s.add(strings.TrimSpace(rule))
	}
	zones := make([]types.Zone, 0, len(s.records)+1)
	for name, records := range s.records {
		log.WithFields(log.Fields{"zone": name, "records": len(records)}).
			Debug("allowNet: added DNS zone")
		zones = append(zones, types.Zone{Name: name, Records: records, DefaultIP: unspecified})
	}
	zones = append(zones, types.Zone{DefaultIP: unspecified})
	log.WithFields(log.Fields{"allow_zones": len(s.records), "total_zones": len(zones)}).
		Info("allowNet: DNS sinkhole configured")
	log.WithField("rules", len(rules)).Info("Network allowlist enabled (DNS sinkhole)")
	return zones
}

func (s *sinkhole) add(rule string) {
	if rule == "" || isAddress(rule) {
		return
	}
	host := rule
	if h, _, err := net.SplitHostPort(rule); err == nil {
		host = h
	}
	if domain, ok := strings.CutPrefix(host, "*."); ok {
		// The record has no address, and being first it answers for every name of the zone.
		zone := domain + "."
		s.records[zone] = append(s.records[zone], types.Record{Regexp: anyLabel})
		s.resolve(domain, zone)
		return
	}
	zone := host + "."
	if _, parent, ok := strings.Cut(host, "."); ok {
		zone = parent + "."
	}
	s.resolve(host, zone)
}

// resolve asks once, as long as it may take, and goes on without the host if that fails.
func (s *sinkhole) resolve(host, zone string) {
	resolver := net.Resolver{PreferGo: false}
	addresses, err := resolver.LookupIPAddr(context.Background(), host)
	if err != nil {
		log.WithFields(log.Fields{"hostname": host, "error": err}).
			Warn("allowNet: DNS resolution failed for allowed host")
		return
	}
	// Where the zone is the host itself nothing is cut off, and the label can never match.
	label := strings.TrimSuffix(host+".", "."+zone)
	for _, address := range addresses {
		if v4 := address.IP.To4(); v4 != nil {
			s.records[zone] = append(s.records[zone], types.Record{Name: label, IP: v4})
			log.WithFields(log.Fields{"hostname": host, "ip": v4, "zone": zone, "label": label}).
				Debug("allowNet: resolved and added DNS record")
		}
	}
}

func isAddress(rule string) bool {
	if net.ParseIP(rule) != nil {
		return true
	}
	_, _, err := net.ParseCIDR(rule)
	return err == nil
}
