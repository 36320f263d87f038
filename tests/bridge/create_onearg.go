//go:build onearg || zonesfirst

package main

import "C"

import "unsafe"

// Up to 0.9.5 create does not wait for the network: that one cannot be made is only logged.
const waitForNetwork = false

//export gvproxy_create
func gvproxy_create(configJSON *C.char) C.longlong {
	handle, err := create(C.GoString(configJSON), uintptr(unsafe.Pointer(configJSON)))
	if err != nil {
		return -1
	}
	return C.longlong(handle)
}
