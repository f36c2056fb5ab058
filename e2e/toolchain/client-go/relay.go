package main

import (
	"io"
	"net"
	"net/url"
	"sync"

	"k8s.io/client-go/rest"
)

// relay passes connections on to the API server and can drop all of them, as a load balancer that restarts does.
type relay struct {
	listener net.Listener
	backend  string
	mutex    sync.Mutex
	open     map[net.Conn]struct{}
}

// through gives a relay and a configuration that goes through it.
func through(config *rest.Config) (*relay, *rest.Config, error) {
	server, err := url.Parse(config.Host)
	if err != nil {
		return nil, nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	made := &relay{listener: listener, backend: server.Host, open: map[net.Conn]struct{}{}}
	go made.serve()
	changed := rest.CopyConfig(config)
	changed.TLSClientConfig.ServerName = server.Hostname()
	server.Host = listener.Addr().String()
	changed.Host = server.String()
	return made, changed, nil
}

func (r *relay) serve() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.backend)
		if err != nil {
			client.Close()
			continue
		}
		r.keep(client, server)
		go r.pass(client, server)
		go r.pass(server, client)
	}
}

func (r *relay) keep(connections ...net.Conn) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, each := range connections {
		r.open[each] = struct{}{}
	}
}

func (r *relay) pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	to.Close()
	from.Close()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.open, to)
	delete(r.open, from)
}

// drop ends every connection there is.
func (r *relay) drop() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for each := range r.open {
		each.Close()
	}
}

func (r *relay) close() {
	r.listener.Close()
	r.drop()
}
