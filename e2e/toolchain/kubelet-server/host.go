package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/kubernetes/pkg/kubelet/server"
	"k8s.io/utils/exec"
)

// host is what the handlers ask of a kubelet. What no recorded request needs is absent and would panic.
type host struct {
	server.HostInterface
	streams streaming.Server
}

func (*host) GetPodByName(namespace, name string) (*v1.Pod, bool) {
	known := pod()
	return known, namespace == known.Namespace && name == known.Name
}

func (*host) GetPods() []*v1.Pod                                { return []*v1.Pod{pod()} }
func (*host) GetRunningPods(context.Context) ([]*v1.Pod, error) { return []*v1.Pod{pod()}, nil }
func (*host) SyncLoopHealthCheck(*http.Request) error           { return nil }

func (*host) RunInContainer(_ context.Context, _ string, _ types.UID, _ string, command []string) ([]byte, error) {
	var output strings.Builder
	err := execute(command, strings.NewReader(""), writer{&output})
	return []byte(output.String()), err
}

func (*host) GetKubeletContainerLogs(_ context.Context, _, _ string, _ *v1.PodLogOptions, stdout, _ io.Writer) error {
	_, err := io.WriteString(stdout, logText)
	return err
}

func (h *host) GetExec(_ context.Context, _ string, _ types.UID, container string, command []string, o remotecommand.Options) (*url.URL, error) {
	answer, err := h.streams.GetExec(&runtimeapi.ExecRequest{
		ContainerId: container, Cmd: command, Tty: o.TTY, Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
	})
	if err != nil {
		return nil, err
	}
	return url.Parse(answer.GetUrl())
}

func (h *host) GetAttach(_ context.Context, _ string, _ types.UID, container string, o remotecommand.Options) (*url.URL, error) {
	answer, err := h.streams.GetAttach(&runtimeapi.AttachRequest{
		ContainerId: container, Tty: o.TTY, Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
	})
	if err != nil {
		return nil, err
	}
	return url.Parse(answer.GetUrl())
}

func (h *host) GetPortForward(_ context.Context, name, _ string, _ types.UID, o portforward.V4Options) (*url.URL, error) {
	answer, err := h.streams.GetPortForward(&runtimeapi.PortForwardRequest{PodSandboxId: name, Port: o.Ports})
	if err != nil {
		return nil, err
	}
	return url.Parse(answer.GetUrl())
}

// runtime is what a CRI runtime would do.
type runtime struct{}

func (runtime) Exec(_ context.Context, _ string, command []string, in io.Reader, out, _ io.WriteCloser, _ bool, sizes <-chan remotecommand.TerminalSize) error {
	if len(command) > 0 && command[0] == "sizes" {
		size := <-sizes
		_, err := fmt.Fprintf(out, "%dx%d\n", size.Width, size.Height)
		return err
	}
	return execute(command, in, out)
}

func (runtime) Attach(_ context.Context, _ string, _ io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	_, err := io.WriteString(out, "attached\n")
	return err
}

func (runtime) PortForward(_ context.Context, _ string, port int32, stream io.ReadWriteCloser) error {
	if port == 1 {
		return fmt.Errorf("connection refused")
	}
	_, err := io.Copy(stream, stream)
	return err
}

// execute says hello for `echo`, gives back its input for `cat`; `fail <text>` fails with it, `exit <n>` ends with it.
func execute(command []string, in io.Reader, out io.WriteCloser) error {
	word := ""
	if len(command) > 1 {
		word = command[1]
	}
	switch {
	case len(command) > 0 && command[0] == "fail":
		return fmt.Errorf("%s", word)
	case len(command) > 0 && command[0] == "exit":
		code := 0
		if _, err := fmt.Sscan(word, &code); err != nil {
			return err
		}
		if code == 0 {
			return nil
		}
		return exec.CodeExitError{Err: fmt.Errorf("%d", code), Code: code}
	case len(command) > 0 && command[0] == "echo":
		_, err := io.WriteString(out, "hello\n")
		return err
	default:
		_, err := io.Copy(out, in)
		return err
	}
}

type writer struct{ io.Writer }

func (writer) Close() error { return nil }
