// Looks names up as the affected bridges do: one after the other, through net.Resolver, for as long
// as a box has. With cgo, as the bridges are built, so that Go may choose libc.
//
//	lookup go|native NAME...
//
// "go" is PreferGo: false, the bridges' way; "native" is PreferGo: true. Prints for each name a line
// of JSON: its addresses in Go's order, how many milliseconds after the start they were there, and
// why there are none.
package main

import "C"

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"time"
)

// What boxlite leaves for it: it gives up the box after 30 s.
const patience = 20 * time.Second

type outcome struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"`
	Error     string   `json:"error"`
	Ms        int64    `json:"ms"`
}

func main() {
	begun := time.Now()
	resolver := net.Resolver{PreferGo: os.Args[1] == "native"}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out := json.NewEncoder(os.Stdout)
	for _, name := range os.Args[2:] {
		found := outcome{Name: name, Addresses: []string{}}
		addresses, err := resolver.LookupIPAddr(ctx, name)
		if err != nil {
			found.Error = err.Error()
		}
		for _, address := range addresses {
			if v4 := address.IP.To4(); v4 != nil {
				found.Addresses = append(found.Addresses, v4.String())
			}
		}
		found.Ms = time.Since(begun).Milliseconds()
		if err := out.Encode(found); err != nil {
			os.Exit(1)
		}
	}
}
