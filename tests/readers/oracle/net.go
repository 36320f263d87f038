// Seen by the compiler as one more file of Go's own package net: what that package reads of
// configuration files, as text.

package net

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

func readersFlag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// readersText is what our readers can hold: no NUL.
func readersText(s string) string { return strings.ReplaceAll(s, "\x00", "?") }

func readersHex(b []byte) string {
	const digits = "0123456789abcdef"
	var out strings.Builder
	for _, c := range b {
		out.WriteByte(digits[c>>4])
		out.WriteByte(digits[c&15])
	}
	return out.String()
}

func readersServer(server string) string {
	// As JoinHostPort has put it together, whatever the zone is.
	const port = "53"
	host := strings.TrimSuffix(server, ":"+port)
	if host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		panic(err)
	}
	zone := 0
	if addr.Is6() && !addr.Is4In6() {
		zone = zoneCache.index(addr.Zone())
	}
	return readersHex(addr.Unmap().AsSlice()) + "%" + strconv.Itoa(zone) + ":" + port
}

// ReadersResolvConf is of dnsReadConfig.
func ReadersResolvConf(path string) string {
	conf := dnsReadConfig(path)
	var out strings.Builder
	out.WriteString("servers")
	for _, server := range conf.servers {
		out.WriteString(" " + readersServer(server))
	}
	out.WriteString(" search")
	for _, domain := range conf.search {
		domain = strings.TrimSuffix(readersText(domain), ".")
		b := []byte(domain)
		lowerASCIIBytes(b)
		if len(b) > 0 {
			out.WriteString(" " + string(b))
		}
	}
	out.WriteString(" ndots " + strconv.Itoa(conf.ndots))
	out.WriteString(" timeout " + strconv.Itoa(int(conf.timeout/time.Second)))
	out.WriteString(" attempts " + strconv.Itoa(conf.attempts))
	out.WriteString(" rotate " + readersFlag(conf.rotate) + " tcp " + readersFlag(conf.useTCP))
	out.WriteString(" unknown " + readersFlag(conf.unknownOpt))
	return out.String()
}

// ReadersHosts is of lookupStaticHost.
func ReadersHosts(path string, names []string) string {
	var out strings.Builder
	hostsFilePath = path
	for _, name := range names {
		// As goLookupIPFiles does, which sorts as well.
		addrs, _ := lookupStaticHost(name)
		known, list := false, ""
		for _, addr := range addrs {
			host, _ := splitHostZone(addr)
			ip := ParseIP(host)
			known = known || ip != nil
			if ip.To4() != nil {
				list += "," + ip.String()
			}
		}
		out.WriteString(readersFlag(known) + list + " ")
	}
	return out.String()
}

// ReadersNSS is of parseNSSConfFile.
func ReadersNSS(path string) string {
	conf := parseNSSConfFile(path)
	var out strings.Builder
	out.WriteString("good " + readersFlag(conf.err == nil))
	for _, source := range conf.sources["hosts"] {
		out.WriteString(" " + readersText(source.source) + "=" + readersFlag(source.standardCriteria()))
	}
	return out.String()
}
