package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/containers/gvisor-tap-vsock/pkg/types"
)

// received is what create was handed and made of it. The original's counters would tell a test
// nothing; this tells what reached the bridge.
type received struct {
	ConfigSHA256  string            `json:"config_sha256"`
	ConfigAddress string            `json:"config_address"`
	Zones         int               `json:"zones"`
	ZoneNames     []string          `json:"zone_names"`
	AllowNet      int               `json:"allow_net"`
	Secrets       int               `json:"secrets"`
	PortMappings  map[string]string `json:"port_mappings"`
}

func describe(text string, address uintptr, c *config, network *types.Configuration) received {
	sum := sha256.Sum256([]byte(text))
	names := make([]string, 0, len(network.DNS))
	for _, zone := range network.DNS {
		names = append(names, zone.Name)
	}
	return received{
		ConfigSHA256:  hex.EncodeToString(sum[:]),
		ConfigAddress: fmt.Sprintf("%#x", address),
		Zones:         len(network.DNS),
		ZoneNames:     names,
		AllowNet:      len(c.AllowNet),
		Secrets:       len(c.Secrets),
		PortMappings:  network.Forwards,
	}
}

func stats(handle int64) (string, bool) {
	instances.Lock()
	i, ok := instances.live[handle]
	instances.Unlock()
	if !ok {
		return "", false
	}
	text, err := json.Marshal(i.received)
	return string(text), err == nil
}

// version is that of gvisor-tap-vsock, which is all the original says too.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/containers/gvisor-tap-vsock" {
				return module.Version
			}
		}
	}
	return "unknown"
}
