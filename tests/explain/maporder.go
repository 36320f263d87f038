// map-order TOTAL MAPS ENTRY...: makes MAPS maps as the bridge does, of TOTAL strings put in one after
// the other, and prints how often each ENTRY, a position in that order, was the first of them to come.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
)

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		log.Fatalf("not a number: %q", text)
	}
	return n
}

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: map-order TOTAL MAPS ENTRY...")
	}
	total, maps := number(os.Args[1]), number(os.Args[2])
	keys := make([]string, total)
	for i := range keys {
		keys[i] = fmt.Sprintf("zone%d.example.", i)
	}
	counts := make(map[string]int)
	for _, text := range os.Args[3:] {
		counts[keys[number(text)]] = 0
	}
	for range maps {
		// Each map has a hash seed of its own.
		zones := make(map[string][]int)
		for i, key := range keys {
			zones[key] = append(zones[key], i)
		}
		for key := range zones {
			if _, wanted := counts[key]; wanted {
				counts[key]++
				break
			}
		}
	}
	for _, text := range os.Args[3:] {
		fmt.Println(counts[keys[number(text)]])
	}
}
