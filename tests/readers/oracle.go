// usage: go-readers KIND COUNT DIRECTORY
//
// Prints what Go's package net reads of DIRECTORY/0.resolv, 0.hosts and 0.nsswitch, and so on, a line
// each. KIND is resolv, hosts or nsswitch; DIRECTORY/names has the names to look up. Or KIND is
// answers: then what its resolver makes of the messages in DIRECTORY/answers, a line of hexadecimal each.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	kind, directory := os.Args[1], os.Args[3]
	if kind == "answers" {
		printAnswers(directory + "/answers")
		return
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(directory + "/names")
	if err != nil {
		panic(err)
	}
	names := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for i := 0; i < count; i++ {
		base := fmt.Sprintf("%s/%d", directory, i)
		switch kind {
		case "resolv":
			fmt.Fprintln(out, net.ReadersResolvConf(base+".resolv"))
		case "hosts":
			fmt.Fprintln(out, net.ReadersHosts(base+".hosts", names))
		case "nsswitch":
			fmt.Fprintln(out, net.ReadersNSS(base+".nsswitch"))
		default:
			panic(kind)
		}
	}
}
