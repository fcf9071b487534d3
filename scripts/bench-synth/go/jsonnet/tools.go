//go:build tools

// Package jsonnet imports a program that the bench compares with ours, so that go.mod pins its version.
package jsonnet

import _ "github.com/google/go-jsonnet/cmd/jsonnet"
