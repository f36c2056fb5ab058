package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/moby/spdystream/spdy"
)

// frame is a SPDY frame as the reference implementation reads it.
type frame struct {
	From    string            `json:"from"`
	Type    string            `json:"type"`
	ID      uint32            `json:"id"`
	Flags   uint8             `json:"flags,omitempty"`
	Status  uint32            `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Data    string            `json:"data,omitempty"`
	// Bytes are those of a client's frame on the wire, in hexadecimal.
	Bytes string `json:"bytes,omitempty"`
}

// wire is a connection that is listened to: each frame is written down before it is passed on, so that the order of the
// record is one in which causes come before their effects.
type wire struct {
	mutex  sync.Mutex
	heard  []frame
	closed map[string]bool
	told   chan struct{}
	over   sync.WaitGroup
}

func newWire() *wire {
	return &wire{told: make(chan struct{}), closed: map[string]bool{}}
}

func (w *wire) add(one frame) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.heard = append(w.heard, one)
	close(w.told)
	w.told = make(chan struct{})
}

// until waits for so many frames of one side and type.
func (w *wire) until(from, kind string, count int) {
	for {
		w.mutex.Lock()
		found, told := 0, w.told
		for _, one := range w.heard {
			if one.From == from && one.Type == kind {
				found++
			}
		}
		w.mutex.Unlock()
		if found >= count {
			return
		}
		<-told
	}
}

// listen passes one connection on to the address, and gives where to connect to.
func (w *wire) listen(address string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	w.over.Add(2)
	go func() {
		defer listener.Close()
		client, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		server, err := net.Dial("tcp", address)
		if err != nil {
			panic(err)
		}
		go w.copy("client", server, client)
		go w.copy("server", client, server)
	}()
	return listener.Addr().String(), nil
}

func (w *wire) copy(from string, to, of net.Conn) {
	defer w.over.Done()
	defer func() { _ = to.(*net.TCPConn).CloseWrite() }()
	buffered := bufio.NewReader(of)
	if err := passHead(buffered, to); err != nil {
		return
	}
	var taken bytes.Buffer
	framer, err := spdy.NewFramer(io.Discard, io.TeeReader(buffered, &taken))
	if err != nil {
		panic(err)
	}
	for {
		read, err := framer.ReadFrame()
		if err != nil {
			return
		}
		one := described(read)
		one.From = from
		if from == "client" {
			one.Bytes = hex.EncodeToString(taken.Bytes())
		}
		w.add(one)
		if _, err := to.Write(taken.Bytes()); err != nil {
			_, _ = io.Copy(io.Discard, of)
			return
		}
		taken.Reset()
	}
}

func passHead(from *bufio.Reader, to io.Writer) error {
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return err
		}
		if _, err := io.WriteString(to, line); err != nil {
			return err
		}
		if strings.TrimSpace(line) == "" {
			return nil
		}
	}
}

func described(read spdy.Frame) frame {
	switch of := read.(type) {
	case *spdy.SynStreamFrame:
		return frame{Type: "SYN_STREAM", ID: uint32(of.StreamId), Flags: uint8(of.CFHeader.Flags), Headers: flat(of.Headers)}
	case *spdy.SynReplyFrame:
		return frame{Type: "SYN_REPLY", ID: uint32(of.StreamId), Flags: uint8(of.CFHeader.Flags), Headers: flat(of.Headers)}
	case *spdy.RstStreamFrame:
		return frame{Type: "RST_STREAM", ID: uint32(of.StreamId), Status: uint32(of.Status)}
	case *spdy.PingFrame:
		return frame{Type: "PING", ID: of.Id}
	case *spdy.GoAwayFrame:
		return frame{Type: "GOAWAY", ID: uint32(of.LastGoodStreamId), Status: uint32(of.Status)}
	case *spdy.DataFrame:
		return frame{Type: "DATA", ID: uint32(of.StreamId), Flags: uint8(of.Flags), Data: string(of.Data)}
	}
	panic("a frame that nobody sends")
}

func flat(headers http.Header) map[string]string {
	names := map[string]string{}
	for name, values := range headers {
		names[strings.ToLower(name)] = strings.Join(values, ",")
	}
	return names
}
