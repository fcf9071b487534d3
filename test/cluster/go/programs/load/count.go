package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"sort"
	"sync"
	"syscall"
	"time"
)

// outcome is what became of one request.
type outcome struct {
	at      time.Time
	took    time.Duration
	version string
	// Empty if the request succeeded.
	kind, said string
}

type failure struct {
	At   string `json:"at"`
	Kind string `json:"kind"`
	Said string `json:"said"`
}

type report struct {
	Requests int            `json:"requests"`
	Answered int            `json:"answered"`
	Failed   int            `json:"failed"`
	Kinds    map[string]int `json:"kinds"`
	Versions map[string]int `json:"versions"`
	Seconds  float64        `json:"seconds"`
	// Latencies of the successful requests, in milliseconds.
	Median   float64   `json:"median"`
	P99      float64   `json:"p99"`
	Slowest  float64   `json:"slowest"`
	Failures []failure `json:"failures"`
}

const firstFailures = 500

type counter struct {
	sync.Mutex
	report
	took []float64
}

func newCounter() *counter {
	return &counter{report: report{Kinds: map[string]int{}, Versions: map[string]int{}, Failures: []failure{}}}
}

func (all *counter) add(one outcome) {
	all.Lock()
	defer all.Unlock()
	all.Requests++
	if one.kind == "" {
		all.Answered++
		all.Versions[one.version]++
		all.took = append(all.took, one.took.Seconds()*1000)
		return
	}
	all.Failed++
	all.Kinds[one.kind]++
	if len(all.Failures) < firstFailures {
		all.Failures = append(all.Failures, failure{At: one.at.UTC().Format(time.RFC3339Nano), Kind: one.kind, Said: one.said})
	}
}

func (all *counter) print() {
	sort.Float64s(all.took)
	if n := len(all.took); n > 0 {
		all.Median, all.P99, all.Slowest = all.took[n/2], all.took[n*99/100], all.took[n-1]
	}
	_ = json.NewEncoder(os.Stdout).Encode(all.report)
}

func kindOf(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "reset"
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	}
	return "other"
}
