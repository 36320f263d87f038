/*
 * What the shim gives to the network of every box (boxlite's net/constants.rs and its
 * NetworkBackendConfig): a name for the host, which is not to be looked up, and a search list.
 */
#ifndef BOXLITE_NETWORK_H
#define BOXLITE_NETWORK_H

#define NETWORK_HOST_IP       "192.168.127.254"
#define NETWORK_HOST_LABEL    "host"
#define NETWORK_HOST_ZONE     "boxlite.internal."
#define NETWORK_HOST_NAME     "host.boxlite.internal"
#define NETWORK_SEARCH_DOMAIN "local"

#endif
