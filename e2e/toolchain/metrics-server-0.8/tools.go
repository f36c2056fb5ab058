//go:build tools

// Package tools names the commands that this module builds, so that go.mod and go.sum pin everything they need.
package tools

import (
	_ "sigs.k8s.io/metrics-server/cmd/metrics-server"
)
