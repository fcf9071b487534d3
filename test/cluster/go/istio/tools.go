//go:build tools

// Package istio imports Istio's programs for the test cluster, so that go.mod pins their version.
package istio

import (
	_ "istio.io/istio/istioctl/cmd/istioctl"
	_ "istio.io/istio/pilot/cmd/pilot-discovery"
)
