//go:build tools

// Package envoygateway imports Envoy Gateway for the test cluster, so that go.mod pins its version.
package envoygateway

import _ "github.com/envoyproxy/gateway/cmd/envoy-gateway"
