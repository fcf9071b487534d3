//go:build tools

// Package jsonnet names a program that the bench runs beside ours, so that go.mod pins its version.
package jsonnet

import _ "github.com/google/go-jsonnet/cmd/jsonnet"
