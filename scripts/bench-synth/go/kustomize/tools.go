//go:build tools

// Package kustomize names a program that the bench runs beside ours, so that go.mod pins its version.
package kustomize

import _ "sigs.k8s.io/kustomize/kustomize/v5"
