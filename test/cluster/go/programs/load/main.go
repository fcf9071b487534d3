// Load sends requests at a steady rate and counts every outcome. It never retries a request.
//
// The scheme of the URL decides the protocol: http://, grpc:// or tcp://. Each request has a connection of its own, or with -keep N one of
// N connections that stay open and are used in turn.
//
// It ends after -count requests, after -for, or when its standard input closes, and then prints one line of JSON:
// the totals, the outcomes by kind, the responses by version, the latencies, and the first failures with their timestamps.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
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

// target says what to request, and how.
type target struct {
	url *url.URL
	// The Host header, or the :authority of gRPC.
	host    string
	headers headers
	timeout time.Duration
	// The number of connections that stay open; 0 for a connection per request.
	keep int
}

func main() {
	address := flag.String("url", "", "what to ask for: http://, grpc:// or tcp://")
	host := flag.String("host", "", "the Host header or :authority, where it is not the URL's")
	rate := flag.Float64("rate", 200, "requests a second")
	count := flag.Int("count", 0, "stop after so many requests (0: no limit)")
	limit := flag.Duration("for", time.Hour, "stop after this time")
	timeout := flag.Duration("timeout", 3*time.Second, "for one request, from connecting to the last byte")
	keep := flag.Int("keep", 0, "keep so many connections open (0: a connection for each request)")
	extra := headers{}
	flag.Var(extra, "header", "NAME=VALUE, may be given several times")
	flag.Parse()

	stop, end := context.WithTimeout(context.Background(), *limit)
	defer end()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()

	parsed, err := url.Parse(*address)
	if err != nil {
		usage("-url: %v", err)
	}
	if *host == "" {
		*host = parsed.Host
	}
	request := requesterOf(target{url: parsed, host: *host, headers: extra, timeout: *timeout, keep: *keep})
	all := newCounter()
	begin := time.Now()
	send(stop, *rate, *count, func() { all.add(timed(request)) })
	all.Seconds = time.Since(begin).Seconds()
	all.print()
}

// requesterOf returns the function that sends one request by the protocol of the URL.
func requesterOf(to target) func() outcome {
	switch to.url.Scheme {
	case "http":
		return newPool(to, httpExchange).request
	case "tcp":
		return newPool(to, lineExchange).request
	case "grpc":
		return newChannels(to).request
	}
	usage("-url: got %s; must begin with http://, grpc:// or tcp://", to.url)
	return nil
}

func usage(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(2)
}

func timed(request func() outcome) outcome {
	at := time.Now()
	result := request()
	result.at, result.took = at, time.Since(at)
	return result
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
