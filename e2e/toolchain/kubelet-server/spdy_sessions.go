package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/moby/spdystream/spdy"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	clientspdy "k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
	spdystreams "k8s.io/streaming/pkg/httpstream/spdy"
)

// session is one exchange of a client of Kubernetes with the streaming server of a CRI runtime.
type session struct {
	name  string
	path  string
	offer []string
	play  func(at string, path string, offer []string, heard *wire) error
}

type recorded struct {
	Name   string   `json:"name"`
	Path   string   `json:"path"`
	Offer  []string `json:"offer"`
	Frames []frame  `json:"frames"`
}

// recordSpdy plays all sessions against the server at the address and writes what was heard of them.
func recordSpdy(address string) error {
	var all []recorded
	for _, one := range sessions() {
		heard := newWire()
		at, err := heard.listen(address)
		if err != nil {
			return err
		}
		if err := one.play(at, one.path, one.offer, heard); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		heard.over.Wait()
		all = append(all, recorded{one.name, one.path, one.offer, heard.heard})
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

const (
	execPath    = "/exec/default/web/c?"
	attachPath  = "/attach/default/web/c?"
	forwardPath = "/portForward/default/web"
)

var (
	newest   = []string{"v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"}
	forwards = []string{"portforward.k8s.io"}
)

func sessions() []session {
	output := "&output=1&error=1"
	return []session{
		{"exec: output and success", execPath + "command=echo" + output, newest, command(streams{})},
		{"exec: input to its end, and back", execPath + "command=cat&input=1" + output, newest, command(streams{input: "typed\n"})},
		{"exec: an exit code", execPath + "command=exit&command=7" + output, newest, command(streams{})},
		{"exec: a command that cannot be run", execPath + "command=fail&command=broken" + output, newest, command(streams{})},
		{"exec: a terminal and its sizes", execPath + "command=sizes&input=1&output=1&tty=1", newest, command(streams{input: "x", sizes: true})},
		{"exec: third version", execPath + "command=fail&command=broken" + output, newest[2:], command(streams{})},
		{"exec: second version", execPath + "command=echo" + output, newest[3:], command(streams{})},
		{"exec: first version", execPath + "command=exit&command=7" + output, newest[4:], command(streams{})},
		{"attach", attachPath + "output=1&error=1", newest, command(streams{})},
		{"port-forward: an echo, half-closed by the client", forwardPath, forwards, forward(0, echo)},
		{"port-forward: a port where nobody listens", forwardPath, forwards, forward(0, refused)},
		{"port-forward: taken back, and another one after it", forwardPath, forwards, forward(0, takenBack)},
		{"port-forward: two at once", forwardPath, forwards, forward(0, twoAtOnce)},
		{"port-forward: streams without a port or of no type", forwardPath, forwards, forward(0, unwanted)},
		{"port-forward: without request ids", forwardPath, forwards, forward(0, withoutIDs)},
		{"port-forward: a goodbye while a connection is open", forwardPath, forwards, forward(0, goodbye)},
		{"port-forward: pings", forwardPath, forwards, forward(20*time.Millisecond, pinged)},
		{"port-forward: stream ids that are none", forwardPath, forwards, raw(wrongIDs)},
		{"port-forward: what comes behind an end", forwardPath, forwards, raw(behindTheEnd)},
		{"port-forward: a stream after a goodbye", forwardPath, forwards, raw(afterGoodbye)},
	}
}

type streams struct {
	input string
	sizes bool
}

// oneSize is a terminal that is never resized.
type oneSize struct{ asked bool }

func (s *oneSize) Next() *remotecommand.TerminalSize {
	if s.asked {
		return nil
	}
	s.asked = true
	return &remotecommand.TerminalSize{Width: 100, Height: 30}
}

// command is kubectl exec and attach.
func command(with streams) func(string, string, []string, *wire) error {
	return func(at, path string, offer []string, _ *wire) error {
		target, err := url.Parse("http://" + at + path)
		if err != nil {
			return err
		}
		transport, upgrader, err := clientspdy.RoundTripperFor(&restclient.Config{BearerToken: "full"})
		if err != nil {
			return err
		}
		executor, err := remotecommand.NewSPDYExecutorForProtocols(transport, upgrader, "POST", target, offer...)
		if err != nil {
			return err
		}
		query := target.Query()
		var output, errors bytes.Buffer
		options := remotecommand.StreamOptions{Stdout: &output, Tty: query.Get("tty") == "1"}
		if query.Get("error") == "1" {
			options.Stderr = &errors
		}
		if query.Get("input") == "1" {
			options.Stdin = strings.NewReader(with.input)
		}
		if with.sizes {
			options.TerminalSizeQueue = &oneSize{}
		}
		// Commands that fail are among those that are recorded.
		_ = executor.StreamWithContext(context.Background(), options)
		return nil
	}
}

type forwarded struct {
	conn  httpstream.Connection
	heard *wire
}

func (f forwarded) open(headers ...string) (httpstream.Stream, error) {
	named := http.Header{}
	for at := 0; at < len(headers); at += 2 {
		named.Set(headers[at], headers[at+1])
	}
	return f.conn.CreateStream(named)
}

// pair opens the two streams of a connection as kubectl does: the error stream, half-closed at once, then the data.
func (f forwarded) pair(port, request string) (problem, data httpstream.Stream, err error) {
	if problem, err = f.open("streamType", "error", "port", port, "requestID", request); err != nil {
		return
	}
	if err = problem.Close(); err != nil {
		return
	}
	data, err = f.open("streamType", "data", "port", port, "requestID", request)
	return
}

func said(data httpstream.Stream, word string) error {
	if _, err := io.WriteString(data, word); err != nil {
		return err
	}
	_, err := io.ReadFull(data, make([]byte, len(word)))
	return err
}

func ended(of ...httpstream.Stream) error {
	for _, one := range of {
		if _, err := io.Copy(io.Discard, one); err != nil {
			return err
		}
	}
	return nil
}

func echo(f forwarded) error {
	problem, data, err := f.pair("80", "0")
	if err != nil {
		return err
	}
	if err := said(data, "one\n"); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	return ended(data, problem)
}

func refused(f forwarded) error {
	problem, _, err := f.pair("1", "0")
	if err != nil {
		return err
	}
	if err := ended(problem); err != nil {
		return err
	}
	f.heard.until("server", "RST_STREAM", 1)
	return nil
}

func takenBack(f forwarded) error {
	_, data, err := f.pair("80", "0")
	if err != nil {
		return err
	}
	if err := said(data, "one\n"); err != nil {
		return err
	}
	if err := data.Reset(); err != nil {
		return err
	}
	problem, data, err := f.pair("80", "1")
	if err != nil {
		return err
	}
	if err := said(data, "two\n"); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	return ended(data, problem)
}

func twoAtOnce(f forwarded) error {
	firstProblem, first, err := f.pair("80", "0")
	if err != nil {
		return err
	}
	secondProblem, second, err := f.pair("81", "1")
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return said(second, "two\n") },
		func() error { return said(first, "one\n") },
		first.Close,
		func() error { return said(second, "two again\n") },
		second.Close,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return ended(first, second, firstProblem, secondProblem)
}

func unwanted(f forwarded) error {
	for _, headers := range [][]string{
		{"streamType", "data", "requestID", "0"},
		{"streamType", "data", "port", "70000", "requestID", "0"},
		{"streamType", "stdin", "port", "80", "requestID", "0"},
	} {
		if _, err := f.open(headers...); err == nil {
			return fmt.Errorf("%v was taken", headers)
		}
	}
	return echo(f)
}

func withoutIDs(f forwarded) error {
	problem, err := f.open("streamType", "error", "port", "80")
	if err != nil {
		return err
	}
	if err := problem.Close(); err != nil {
		return err
	}
	data, err := f.open("streamType", "data", "port", "80")
	if err != nil {
		return err
	}
	if err := said(data, "one\n"); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	return ended(data, problem)
}

func goodbye(f forwarded) error {
	_, data, err := f.pair("80", "0")
	if err != nil {
		return err
	}
	return said(data, "one\n")
}

func pinged(f forwarded) error {
	if err := goodbye(f); err != nil {
		return err
	}
	f.heard.until("server", "PING", 3)
	return nil
}

// forward plays a session of port-forwarding and says goodbye.
func forward(ping time.Duration, play func(forwarded) error) func(string, string, []string, *wire) error {
	return func(at, path string, offer []string, heard *wire) error {
		transport, err := spdystreams.NewRoundTripperWithConfig(spdystreams.RoundTripperConfig{PingPeriod: ping})
		if err != nil {
			return err
		}
		request, err := http.NewRequest("POST", "http://"+at+path, nil)
		if err != nil {
			return err
		}
		request.Header = upgradeHeaders(offer)
		answer, err := transport.RoundTrip(request)
		if err != nil {
			return err
		}
		conn, err := transport.NewConnection(answer)
		if err != nil {
			return err
		}
		if err := play(forwarded{conn, heard}); err != nil {
			return err
		}
		return conn.Close()
	}
}

func upgradeHeaders(offer []string) http.Header {
	return http.Header{"Authorization": {"Bearer full"}, "X-Stream-Protocol-Version": offer}
}

// raw plays frames that no client sends of itself, written by the framer that all of them use.
func raw(play func(*spdy.Framer, *wire) error) func(string, string, []string, *wire) error {
	return func(at, path string, offer []string, heard *wire) error {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			return err
		}
		defer conn.Close()
		request, err := http.NewRequest("POST", "http://"+at+path, nil)
		if err != nil {
			return err
		}
		request.Header = upgradeHeaders(offer)
		request.Header.Set("Connection", "Upgrade")
		request.Header.Set("Upgrade", "SPDY/3.1")
		if err := request.Write(conn); err != nil {
			return err
		}
		// Frames before the switch of protocols would be lost on the way through the kubelet.
		answers := bufio.NewReader(conn)
		if _, err := http.ReadResponse(answers, request); err != nil {
			return err
		}
		framer, err := spdy.NewFramer(conn, io.MultiReader())
		if err != nil {
			return err
		}
		go func() { _, _ = io.Copy(io.Discard, answers) }()
		return play(framer, heard)
	}
}

func syn(id uint32, kind, request string) spdy.Frame {
	headers := http.Header{"Streamtype": {kind}, "Port": {"80"}, "Requestid": {request}}
	return &spdy.SynStreamFrame{StreamId: spdy.StreamId(id), Headers: headers}
}

func sent(framer *spdy.Framer, frames ...spdy.Frame) error {
	for _, one := range frames {
		if err := framer.WriteFrame(one); err != nil {
			return err
		}
	}
	return nil
}

func data(id uint32, text string, flags spdy.DataFlags) spdy.Frame {
	return &spdy.DataFrame{StreamId: spdy.StreamId(id), Flags: flags, Data: []byte(text)}
}

func wrongIDs(framer *spdy.Framer, heard *wire) error {
	if err := sent(framer, syn(5, "error", "0"), data(5, "", spdy.DataFlagFin)); err != nil {
		return err
	}
	heard.until("server", "SYN_REPLY", 1)
	err := sent(framer, syn(5, "data", "0"), syn(3, "data", "0"), syn(4, "data", "0"), syn(7, "data", "0"),
		data(7, "one\n", 0), &spdy.PingFrame{Id: 1})
	if err != nil {
		return err
	}
	settle()
	return nil
}

func behindTheEnd(framer *spdy.Framer, _ *wire) error {
	err := sent(framer, syn(1, "error", "0"), data(1, "", spdy.DataFlagFin), syn(3, "data", "0"),
		data(3, "one\n", spdy.DataFlagFin), data(3, "more\n", 0), data(9, "nobody's\n", 0),
		&spdy.RstStreamFrame{StreamId: 9, Status: spdy.Cancel}, &spdy.PingFrame{Id: 1})
	if err != nil {
		return err
	}
	settle()
	return nil
}

func afterGoodbye(framer *spdy.Framer, heard *wire) error {
	if err := sent(framer, syn(1, "error", "0"), syn(3, "data", "0"), data(3, "one\n", 0)); err != nil {
		return err
	}
	heard.until("server", "DATA", 1)
	err := sent(framer, &spdy.GoAwayFrame{}, syn(5, "error", "1"), data(3, "two\n", spdy.DataFlagFin), &spdy.PingFrame{Id: 1})
	if err != nil {
		return err
	}
	settle()
	return nil
}

// settle is for what a server may say or not: a moment later it has said it.
func settle() { time.Sleep(time.Second) }
