// Demo is the service that the tests roll out. It reports its identity. These environment variables make it misbehave:
//
//	IMAGE_COLOR       yellow or red; decides the version unless DEMO_VERSION is set
//	DEMO_VERSION      the version to report
//	DEMO_PORT         the port to serve HTTP on (80)
//	DEMO_GRPC_PORT    a port to serve gRPC on, without TLS; the service is grpc.health.v1.Health
//	DEMO_TCP_PORT     a port on which each line is answered with a line
//	DEMO_CONFIG_FILE  a file whose content is in the JSON answer
//	DEMO_START_DELAY  the delay before it listens ("5s")
//	DEMO_LATENCY      the latency of each request ("200ms")
//	DEMO_CPU          the processor time of each request ("2ms")
//	DEMO_ERROR_SHARE  the share of requests to answer with 500 ("0.2")
//	DEMO_CRASH_AFTER  the time after which it exits with 1 ("3s")
//	DEMO_ON_SIGTERM   drain: finish the requests in progress (the default); exit: exit at once; hang: ignore the signal
//	DEMO_DRAIN_LIMIT  how long a draining demo waits for requests and for TCP connections ("20s")
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// identity holds the environment variables that the kubelet fills in, by the names that the manifests use.
var identity = []string{"NODE_IP", "NODE_NAME", "POD_IP", "POD_NAME", "POD_NAMESPACE"}

var versions = map[string]string{"yellow": "1.0", "red": "1.1"}

type behaviour struct {
	colour, version string
	port            string
	grpcPort        string
	tcpPort         string
	configFile      string
	startDelay      time.Duration
	latency         time.Duration
	cpu             time.Duration
	errorShare      float64
	crashAfter      time.Duration
	onSigterm       string
	drainLimit      time.Duration
}

func main() {
	told := read()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	if told.crashAfter > 0 {
		time.AfterFunc(told.crashAfter, func() { log.Fatalf("error: crashing after %v, as told", told.crashAfter) })
	}
	log.Printf("%s %s starting, listening on port %s after %v", told.colour, told.version, told.port, told.startDelay)
	serving := make(chan []func(), 1)
	go func() {
		time.Sleep(told.startDelay)
		serving <- told.serve()
	}()
	for range stop {
		log.Printf("SIGTERM: %s", told.onSigterm)
		switch told.onSigterm {
		case "exit":
			os.Exit(143)
		case "drain":
			select {
			case drains := <-serving:
				inParallel(drains)
			default:
				// It does not listen yet.
			}
			os.Exit(0)
		}
	}
}

// serve starts the servers, and HTTP last, because readiness probes ask for that. It returns a function for each that drains it.
func (told behaviour) serve() []func() {
	var drains []func()
	if told.grpcPort != "" {
		drains = append(drains, told.serveGRPC())
	}
	if told.tcpPort != "" {
		drains = append(drains, told.serveTCP())
	}
	return append(drains, told.serveHTTP())
}

func inParallel(all []func()) {
	var running sync.WaitGroup
	for _, one := range all {
		running.Go(one)
	}
	running.Wait()
}

func listen(port string) net.Listener {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

func (told behaviour) serveHTTP() (drain func()) {
	listener := listen(told.port)
	server := &http.Server{Handler: told.handler()}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	return func() {
		limit, cancel := context.WithTimeout(context.Background(), told.drainLimit)
		defer cancel()
		_ = server.Shutdown(limit)
	}
}

// work takes the time of a request.
func (told behaviour) work() {
	time.Sleep(told.latency)
	for begin := time.Now(); time.Since(begin) < told.cpu; {
	}
}

func (told behaviour) handler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/healthz", func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(answer, "ok") })
	routes.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		told.work()
		answer.Header().Set("X-Version", told.version)
		answer.Header().Set("X-Pod", os.Getenv("POD_NAME"))
		if rand.Float64() < told.errorShare {
			log.Printf("error: %s answered with 500, as told", request.URL.Path)
			http.Error(answer, title(told.colour)+"="+told.version+" failed", http.StatusInternalServerError)
			return
		}
		if strings.Contains(request.Header.Get("Accept"), "application/json") {
			told.answerJSON(answer)
			return
		}
		answer.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(answer, "<h1>%s=%s</h1>\n", title(told.colour), told.version)
		for _, name := range identity {
			fmt.Fprintf(answer, "<p>%s: %s</p>\n", name, os.Getenv(name))
		}
	})
	return routes
}

func (told behaviour) answerJSON(answer http.ResponseWriter) {
	fields := map[string]string{"color": told.colour, "version": told.version}
	for _, name := range identity {
		fields[name] = os.Getenv(name)
	}
	if told.configFile != "" {
		content, err := os.ReadFile(told.configFile)
		if err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
			return
		}
		fields["config"] = string(content)
	}
	answer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(answer).Encode(fields)
}

func read() behaviour {
	colour := strings.ToLower(setting("IMAGE_COLOR", "yellow"))
	onSigterm := setting("DEMO_ON_SIGTERM", "drain")
	if onSigterm != "drain" && onSigterm != "exit" && onSigterm != "hang" {
		log.Fatalf("DEMO_ON_SIGTERM: got %s; must be drain, exit or hang", onSigterm)
	}
	return behaviour{
		colour:     colour,
		version:    setting("DEMO_VERSION", versions[colour]),
		port:       setting("DEMO_PORT", "80"),
		grpcPort:   os.Getenv("DEMO_GRPC_PORT"),
		tcpPort:    os.Getenv("DEMO_TCP_PORT"),
		configFile: os.Getenv("DEMO_CONFIG_FILE"),
		startDelay: duration("DEMO_START_DELAY", "0s"),
		latency:    duration("DEMO_LATENCY", "0s"),
		cpu:        duration("DEMO_CPU", "0s"),
		errorShare: share("DEMO_ERROR_SHARE"),
		crashAfter: duration("DEMO_CRASH_AFTER", "0s"),
		onSigterm:  onSigterm,
		drainLimit: duration("DEMO_DRAIN_LIMIT", "20s"),
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func duration(name, otherwise string) time.Duration {
	value, err := time.ParseDuration(setting(name, otherwise))
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return value
}

func share(name string) float64 {
	value, err := strconv.ParseFloat(setting(name, "0"), 64)
	if err != nil || value < 0 || value > 1 {
		log.Fatalf("%s: got %s; must be a number from 0 to 1", name, setting(name, "0"))
	}
	return value
}

func title(word string) string {
	if word == "" {
		return word
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
