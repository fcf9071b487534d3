//go:build tools

// Package prometheus names the server that monitor's queries are tried on, so that go.mod pins its version.
package prometheus

import _ "github.com/prometheus/prometheus/cmd/prometheus"
