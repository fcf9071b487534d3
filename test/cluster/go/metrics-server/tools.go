//go:build tools

// Package metricsserver imports the server that monitor queries for CPU and memory, so that go.mod pins its version.
package metricsserver

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
