package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/containers/gvisor-tap-vsock/pkg/types"
	"github.com/containers/gvisor-tap-vsock/pkg/virtualnetwork"
	log "github.com/sirupsen/logrus"
)

// instance is one network that serves guests until it is destroyed. Forwarded ports stay open after
// that, as in the original.
type instance struct {
	received received
	listener net.Listener
	cancel   context.CancelFunc
}

var instances = struct {
	sync.Mutex
	last int64
	live map[int64]*instance
}{live: make(map[int64]*instance)}

// create makes an instance from the text found at an address of the caller.
func create(text string, address uintptr) (int64, error) {
	c, err := parseConfig(text)
	if err != nil {
		log.WithError(err).Error("Failed to parse gvproxy config")
		return -1, err
	}
	if err := os.Remove(c.SocketPath); err != nil && !os.IsNotExist(err) {
		log.WithFields(log.Fields{"error": err, "path": c.SocketPath}).
			Warn("Failed to remove existing socket")
	}
	network := c.network()
	listener, err := net.Listen("unix", c.SocketPath)
	if err != nil {
		log.WithError(err).Error("Failed to create Unix stream socket")
		return -1, fmt.Errorf("failed to create Unix stream socket %q: %w", c.SocketPath, err)
	}
	log.WithField("path", c.SocketPath).Info("Created UnixStream socket for Qemu protocol")

	ctx, cancel := context.WithCancel(context.Background())
	i := &instance{
		received: describe(text, address, c, network),
		listener: listener,
		cancel:   cancel,
	}
	started := make(chan error, 1)
	go func() { started <- i.serve(ctx, network) }()
	if waitForNetwork {
		if err := <-started; err != nil {
			i.close()
			return -1, err
		}
	}
	instances.Lock()
	defer instances.Unlock()
	instances.last++
	instances.live[instances.last] = i
	log.WithField("id", instances.last).Info("Created gvproxy instance")
	return instances.last, nil
}

// serve starts the network and returns; guests are served behind it.
func (i *instance) serve(ctx context.Context, network *types.Configuration) error {
	vn, err := virtualnetwork.New(network)
	if err != nil {
		log.WithError(err).Error("Failed to create virtual network")
		return fmt.Errorf("virtualnetwork.New: %w", err)
	}
	go i.accept(ctx, vn)
	return nil
}

func (i *instance) accept(ctx context.Context, vn *virtualnetwork.VirtualNetwork) {
	for {
		conn, err := i.listener.Accept()
		if err != nil {
			return
		}
		// Closing the guest's connection is what ends AcceptQemu: it reads without regard to ctx.
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		go func() {
			defer stop()
			if err := vn.AcceptQemu(ctx, conn); err != nil {
				log.WithError(err).Debug("Guest disconnected")
			}
		}()
	}
}

// close ends the listener, whose file goes with it, and the guests' connections.
func (i *instance) close() {
	i.cancel()
	i.listener.Close()
}

func destroy(handle int64) bool {
	instances.Lock()
	i, ok := instances.live[handle]
	delete(instances.live, handle)
	instances.Unlock()
	if ok {
		i.close()
		log.WithField("id", handle).Info("Destroyed gvproxy instance")
	}
	return ok
}
