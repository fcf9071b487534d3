//go:build tools

// Package kustomize imports a program that the bench compares with ours, so that go.mod pins its version.
package kustomize

import _ "sigs.k8s.io/kustomize/kustomize/v5"
