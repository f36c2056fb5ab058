// kubelet-server serves the kubelet's own HTTP handlers over one made-up pod, so that its answers can be recorded.
//
// Everything of the wire is Kubernetes' own: routes, authentication and authorization filters, decoding and validation of
// queries, the streaming server of CRI runtimes with its protocols. Made up are the pod, what runs in its containers, and who
// is who: a bearer token is the user's name. It prints its address and serves until its standard input ends. With the argument
// `spdy` it speaks with itself instead, as clients of Kubernetes do over SPDY, and prints what was said, frame by frame.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apiserver/pkg/server/healthz"
	"k8s.io/cri-streaming/pkg/streaming"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/server"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	streams, err := serveStreams()
	if err != nil {
		return err
	}
	config := &kubeletconfig.KubeletConfiguration{EnableDebuggingHandlers: true}
	handler := server.NewServer(ctx, &host{streams: streams}, nil, []healthz.HealthChecker{}, nil, newAuth(), config)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(listener, &handler) }()
	if len(os.Args) > 1 && os.Args[1] == "spdy" {
		return recordSpdy(listener.Addr().String())
	}
	fmt.Println(listener.Addr().String())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// serveStreams starts the streaming server of a CRI runtime, to which the kubelet hands connections through.
func serveStreams() (streaming.Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	config := streaming.DefaultConfig
	config.BaseURL = &url.URL{Scheme: "http", Host: listener.Addr().String()}
	streams, err := streaming.NewServer(config, runtime{})
	if err != nil {
		return nil, err
	}
	go func() { _ = http.Serve(listener, streams) }()
	return streams, nil
}

const logText = "one\ntwo\n"

func pod() *v1.Pod {
	pod := &v1.Pod{}
	pod.Namespace, pod.Name, pod.UID = "default", "web", "uid-1"
	for _, name := range strings.Fields("c starting over") {
		pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{Name: name})
	}
	return pod
}
