// Load sends requests at a steady rate, each on a connection of its own, and counts every outcome. It never retries a request.
//
// It ends after -count requests, after -for, or when its standard input closes, and then prints one line of JSON:
// the totals, the outcomes by kind, the responses by version, the latencies, and the first failures with their timestamps.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type headers map[string]string

func (all headers) String() string { return "" }

func (all headers) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found {
		return errors.New("must be NAME=VALUE")
	}
	all[name] = value
	return nil
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

func main() {
	url := flag.String("url", "", "what to ask for")
	host := flag.String("host", "", "the Host header, where it is not the URL's")
	rate := flag.Float64("rate", 200, "requests a second")
	count := flag.Int("count", 0, "stop after so many requests (0: no limit)")
	limit := flag.Duration("for", time.Hour, "stop after this time")
	timeout := flag.Duration("timeout", 3*time.Second, "for one request, from connecting to the last byte")
	extra := headers{}
	flag.Var(extra, "header", "NAME=VALUE, may be given several times")
	flag.Parse()

	stop, end := context.WithTimeout(context.Background(), *limit)
	defer end()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()

	// The client closes each connection. If the pods closed first, their TCP would remember its port for a minute, and a new connection to
	// which kube-proxy gives the same port can be discarded (PAWS in RFC 7323), which looks like a dropped request.
	client := &http.Client{
		Timeout:       *timeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: -1, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	all := &counter{report: report{Kinds: map[string]int{}, Versions: map[string]int{}, Failures: []failure{}}}
	begin := time.Now()
	send(stop, *rate, *count, func() { all.add(ask(client, *url, *host, extra)) })
	all.Seconds = time.Since(begin).Seconds()
	all.print()
}

// send starts requests on the schedule that the rate gives. It does not wait for earlier responses, so the rate stays the same even if
// the service is stuck.
func send(stop context.Context, rate float64, count int, request func()) {
	var sent sync.WaitGroup
	defer sent.Wait()
	begin := time.Now()
	for n := 0; count == 0 || n < count; n++ {
		due := begin.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		select {
		case <-stop.Done():
			return
		case <-time.After(time.Until(due)):
		}
		sent.Add(1)
		go func() {
			defer sent.Done()
			request()
		}()
	}
}

type outcome struct {
	at      time.Time
	took    time.Duration
	version string
	// Empty if the response was 200.
	kind, said string
}

func ask(client *http.Client, url, host string, extra headers) (result outcome) {
	result.at = time.Now()
	defer func() { result.took = time.Since(result.at) }()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	request.Host = host
	for name, value := range extra {
		request.Header.Set(name, value)
	}
	var phase atomic.Value
	phase.Store("connecting")
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) { phase.Store("connected from " + got.Conn.LocalAddr().String()) },
		WroteRequest: func(httptrace.WroteRequestInfo) {
			phase.Store(fmt.Sprint(phase.Load(), ", request sent"))
		},
	}))
	answer, err := client.Do(request)
	if err == nil {
		defer answer.Body.Close()
		var body []byte
		if body, err = io.ReadAll(answer.Body); err == nil {
			if answer.StatusCode != http.StatusOK {
				result.kind = fmt.Sprint(answer.StatusCode)
				result.said = strings.TrimSpace(string(body[:min(len(body), 200)]))
			}
			result.version = answer.Header.Get("X-Version")
			return
		}
	}
	result.kind, result.said = kindOf(err), fmt.Sprintf("%v (%v)", err, phase.Load())
	return
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
