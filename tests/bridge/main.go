// A stand-in for boxlite's Go bridge: the same C interface and the same configuration, the same
// DNS server (gvisor-tap-vsock) underneath, and the same faults, kept on purpose so that a test can
// show them and show them gone.
//
// Build tags choose the release it stands for: none is 0.9.7, `onearg` is 0.9.0 to 0.9.5,
// `zonesfirst` is 0.8.x, `fixed` is 0.10.3. Left out: the egress filter and the secrets proxy, which
// have no say in DNS.
package main

/*
#include <stdlib.h>
*/
import "C"

import "unsafe"

//export gvproxy_destroy
func gvproxy_destroy(handle C.longlong) C.int {
	if !destroy(int64(handle)) {
		return -1
	}
	return 0
}

//export gvproxy_get_stats
func gvproxy_get_stats(handle C.longlong) *C.char {
	text, ok := stats(int64(handle))
	if !ok {
		return nil
	}
	return C.CString(text)
}

//export gvproxy_get_version
func gvproxy_get_version() *C.char {
	return C.CString(version())
}

//export gvproxy_set_log_callback
func gvproxy_set_log_callback(callback unsafe.Pointer) {
	setLogCallback(callback)
}

//export gvproxy_free_string
func gvproxy_free_string(text *C.char) {
	C.free(unsafe.Pointer(text))
}

func main() {}
