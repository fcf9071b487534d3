//go:build tools

// Package helm imports a program that the bench compares with ours, so that go.mod pins its version.
package helm

import _ "helm.sh/helm/v3/cmd/helm"
