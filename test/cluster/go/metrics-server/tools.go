//go:build tools

// Package metricsserver names the server that monitor asks for CPU and memory, so that go.mod pins its version.
package metricsserver

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
