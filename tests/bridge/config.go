package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/containers/gvisor-tap-vsock/pkg/types"
)

type portMapping struct {
	HostPort  uint16 `json:"host_port"`
	GuestPort uint16 `json:"guest_port"`
}

type secret struct {
	Name        string   `json:"name"`
	Hosts       []string `json:"hosts"`
	Placeholder string   `json:"placeholder"`
	Value       string   `json:"value"`
}

// Read by encoding/json and nothing else: how it folds keys, merges duplicates and takes null is
// part of what the repair has to cope with.
type config struct {
	SocketPath        string          `json:"socket_path"`
	ControlSocketPath string          `json:"control_socket_path"`
	Subnet            string          `json:"subnet"`
	GatewayIP         string          `json:"gateway_ip"`
	GatewayMAC        string          `json:"gateway_mac"`
	GuestIP           string          `json:"guest_ip"`
	HostIP            string          `json:"host_ip"`
	GuestMAC          string          `json:"guest_mac"`
	MTU               uint16          `json:"mtu"`
	PortMappings      []portMapping   `json:"port_mappings"`
	DNSZones          []dnsZone       `json:"dns_zones"`
	DNSSearchDomains  []string        `json:"dns_search_domains"`
	Debug             bool            `json:"debug"`
	CaptureFile       *string         `json:"capture_file"`
	AllowNet          []string        `json:"allow_net"`
	Secrets           []secret        `json:"secrets"`
	CACertPEM         string          `json:"ca_cert_pem"`
	CAKeyPEM          string          `json:"ca_key_pem"`
	RateLimit         json.RawMessage `json:"rate_limit"`
}

func parseConfig(text string) (*config, error) {
	c := new(config)
	if err := json.Unmarshal([]byte(text), c); err != nil {
		return nil, err
	}
	if c.SocketPath == "" {
		return nil, errors.New("socket_path is required in GvproxyConfig")
	}
	return c, nil
}

func (c *config) forwards() map[string]string {
	forwards := make(map[string]string, len(c.PortMappings))
	for _, mapping := range c.PortMappings {
		local := fmt.Sprintf("0.0.0.0:%d", mapping.HostPort)
		forwards[local] = fmt.Sprintf("%s:%d", c.GuestIP, mapping.GuestPort)
	}
	return forwards
}

// network is the configuration of gvisor-tap-vsock. Names are looked up in here.
func (c *config) network() *types.Configuration {
	network := &types.Configuration{
		Debug:             c.Debug,
		MTU:               int(c.MTU),
		Subnet:            c.Subnet,
		GatewayIP:         c.GatewayIP,
		GatewayMacAddress: c.GatewayMAC,
		GatewayVirtualIPs: []string{c.GatewayIP},
		DHCPStaticLeases:  map[string]string{c.GuestIP: c.GuestMAC},
		DNS:               c.zones(),
		DNSSearchDomains:  c.DNSSearchDomains,
		Forwards:          c.forwards(),
		NAT:               map[string]string{},
		Protocol:          types.QemuProtocol,
	}
	if c.CaptureFile != nil {
		network.CaptureFile = *c.CaptureFile
	}
	if servesHostIP && c.HostIP != "" {
		network.NAT[c.HostIP] = "127.0.0.1"
		if c.HostIP != c.GatewayIP {
			network.GatewayVirtualIPs = append(network.GatewayVirtualIPs, c.HostIP)
		}
	}
	return network
}
