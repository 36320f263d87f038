//go:build !onearg && !zonesfirst

package main

import "C"

import "unsafe"

// From 0.9.7 on create returns when the network is up, or fails with a reason.
const waitForNetwork = true

//export gvproxy_create
func gvproxy_create(configJSON *C.char, errOut **C.char) C.longlong {
	handle, err := create(C.GoString(configJSON), uintptr(unsafe.Pointer(configJSON)))
	if err != nil {
		if errOut != nil {
			*errOut = C.CString(err.Error())
		}
		return -1
	}
	return C.longlong(handle)
}
