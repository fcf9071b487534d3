package main

import (
	"context"
	"log"
	"math/rand/v2"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// health is the standard health service, whose client and server code comes with grpc-go. The kubelet can probe it.
type health struct {
	grpc_health_v1.UnimplementedHealthServer
	told behaviour
}

func (one health) Check(call context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	one.told.work()
	_ = grpc.SetHeader(call, metadata.Pairs("x-version", one.told.version, "x-pod", os.Getenv("POD_NAME")))
	if rand.Float64() < one.told.errorShare {
		log.Print("error: answered a call with Internal, as told")
		return nil, status.Error(codes.Internal, "failed, as told")
	}
	return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_SERVING}, nil
}

// serveGRPC serves the health service. It returns a function that drains the server: it ends connections after the calls in progress.
func (told behaviour) serveGRPC() (drain func()) {
	listener := listen(told.grpcPort)
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health{told: told})
	go func() {
		// Serve returns nil when the server is drained.
		if err := server.Serve(listener); err != nil {
			log.Fatal(err)
		}
	}()
	return func() {
		time.AfterFunc(told.drainLimit, server.Stop)
		server.GracefulStop()
	}
}
