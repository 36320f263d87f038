// serial resolves a list of hosts one after the other, as two bridges do, and prints how that went:
//
//	serial original FILE   one lookup each, no retry, no deadline; a host that fails is left out
//	serial pr645 FILE      4 attempts each, of at most 2 s, with 100, 300 and 900 ms in between; the
//	                       first host that fails ends it
//
// FILE has one name a line. Prints `created RESOLVED MILLISECONDS` or `refused HOST MILLISECONDS`.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

const (
	attempts = 4
	deadline = 2 * time.Second
	pause    = 100 * time.Millisecond
	growth   = 3
)

var resolver = &net.Resolver{}

func lookup(ctx context.Context, host string) bool {
	addresses, err := resolver.LookupIPAddr(ctx, host)
	if err != nil {
		return false
	}
	for _, address := range addresses {
		if address.IP.To4() != nil {
			return true
		}
	}
	return false
}

func once(host string) bool {
	return lookup(context.Background(), host)
}

func retried(host string) bool {
	wait := pause
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		resolved := lookup(ctx, host)
		cancel()
		if resolved || attempt == attempts {
			return resolved
		}
		time.Sleep(wait)
		wait *= growth
	}
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: serial original|pr645 FILE")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "serial:", err)
		os.Exit(1)
	}
	begin := time.Now()
	elapsed := func() float64 { return float64(time.Since(begin).Microseconds()) / 1000 }
	resolved := 0
	for _, host := range strings.Fields(string(text)) {
		if os.Args[1] == "pr645" {
			if !retried(host) {
				fmt.Printf("refused %s %.3f\n", host, elapsed())
				return
			}
			resolved++
		} else if once(host) {
			resolved++
		}
	}
	fmt.Printf("created %d %.3f\n", resolved, elapsed())
}
