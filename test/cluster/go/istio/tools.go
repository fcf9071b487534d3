//go:build tools

// Package istio names the programs of Istio that the test cluster is made of, so that go.mod pins their version.
package istio

import (
	_ "istio.io/istio/istioctl/cmd/istioctl"
	_ "istio.io/istio/pilot/cmd/pilot-discovery"
)
