//go:build tools

// Package helm names a program that the bench runs beside ours, so that go.mod pins its version.
package helm

import _ "helm.sh/helm/v3/cmd/helm"
