// Judges pairs of configurations, before and after the plan, by what the bridge itself reads in
// them: its own config.go is compiled in. The form of the pairs is in plan_pairs.c.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"time"
)

type pair struct {
	verdict, name string
	before, after []byte
}

func readPair(in *bufio.Reader) (*pair, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	p := new(pair)
	var before, after int
	if _, err := fmt.Sscanf(line, "%s %d %d", &p.verdict, &before, &after); err != nil {
		return nil, fmt.Errorf("%q: %w", line, err)
	}
	p.name = strings.TrimSpace(strings.SplitN(line, " ", 4)[3])
	p.before, p.after = make([]byte, before), make([]byte, after)
	if _, err := io.ReadFull(in, p.before); err != nil {
		return nil, errors.New("cut off")
	}
	if _, err := io.ReadFull(in, p.after); err != nil {
		return nil, errors.New("cut off")
	}
	return p, nil
}

// read is what gvproxy_create does; the second result is whether it takes the text.
func read(text []byte) (config, bool) {
	var c config
	err := json.Unmarshal(text, &c)
	_, required := parseConfig(string(text))
	return c, err == nil && (required == nil) == (c.SocketPath != "")
}

// hasHostIP tells the bridges that put configured zones first from those of 0.8.x.
func hasHostIP(text []byte) bool {
	var c struct {
		HostIP json.RawMessage `json:"host_ip"`
	}
	return json.Unmarshal(text, &c) == nil && c.HostIP != nil
}

// namesHost is whether the bridge would look anything up.
func namesHost(c *config) bool {
	for _, rule := range c.AllowNet {
		rule = strings.TrimSpace(rule)
		host, _, err := net.SplitHostPort(rule)
		if rule != "" && !isAddress(rule) && (err != nil || !isAddress(host)) {
			return true
		}
	}
	return false
}

func (p *pair) fault() string {
	before, accepted := read(p.before)
	switch p.verdict {
	case "unchanged":
		if accepted && hasHostIP(p.before) && namesHost(&before) {
			return "names a host and was not repaired"
		}
	case "rewritten":
		after, still := read(p.after)
		if accepted != still {
			return fmt.Sprintf("accepted before: %v, after: %v", accepted, still)
		}
		if accepted && !namesHost(&before) {
			return "names no host and was rewritten"
		}
		if accepted && len(after.DNSZones) == 0 {
			return "has no zones"
		}
		before.DNSZones, after.DNSZones = nil, nil
		if !reflect.DeepEqual(before, after) {
			return "means something else outside dns_zones"
		}
	}
	return ""
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	begin := time.Now()
	count := map[string]int{}
	faults := 0
	for {
		p, err := readPair(in)
		if err != nil {
			fmt.Fprintln(os.Stderr, "oracle: the pairs do not end:", err)
			os.Exit(1)
		}
		if p.verdict == "end" {
			break
		}
		count[p.verdict]++
		if fault := p.fault(); fault != "" {
			faults++
			if faults <= 20 {
				fmt.Printf("%s: %s: %s\n  before: %q\n  after:  %q\n", p.name, p.verdict, fault,
					p.before, p.after)
			}
		}
	}
	total := count["unchanged"] + count["rewritten"] + count["refused"]
	fmt.Printf("oracle: of %d pairs %d unchanged, %d rewritten, %d refused, %d disagree\n", total,
		count["unchanged"], count["rewritten"], count["refused"], faults)
	if faults > 0 || count["rewritten"] == 0 {
		os.Exit(1)
	}
	fmt.Printf("oracle: 1 passed in %.2fs\n", time.Since(begin).Seconds())
}
