//go:build tools

// Package etcd imports the store of the test cluster, so that go.mod pins its version.
package etcd

import _ "go.etcd.io/etcd/server/v3"
