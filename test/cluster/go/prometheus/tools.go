//go:build tools

// Package prometheus imports the server on which the tests try monitor's queries, so that go.mod pins its version.
package prometheus

import _ "github.com/prometheus/prometheus/cmd/prometheus"
