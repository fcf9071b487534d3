package main

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// channels sends unary calls of the standard health service. grpc-go itself sends a call again if the server has said that it never looked
// at it, as the gRPC specification demands; it does not retry any other call.
type channels struct {
	to   target
	kept []*grpc.ClientConn
	next atomic.Uint64
}

func newChannels(to target) *channels {
	all := &channels{to: to}
	for range to.keep {
		all.kept = append(all.kept, open(to))
	}
	return all
}

func open(to target) *grpc.ClientConn {
	channel, err := grpc.NewClient(
		"passthrough:///"+to.url.Host,
		grpc.WithAuthority(to.host),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		usage("-url: %v", err)
	}
	return channel
}

func (all *channels) request() outcome {
	if len(all.kept) > 0 {
		return all.call(all.kept[all.next.Add(1)%uint64(len(all.kept))])
	}
	channel := open(all.to)
	defer channel.Close()
	return all.call(channel)
}

func (all *channels) call(channel *grpc.ClientConn) (result outcome) {
	deadline, cancel := context.WithTimeout(context.Background(), all.to.timeout)
	defer cancel()
	for name, value := range all.to.headers {
		deadline = metadata.AppendToOutgoingContext(deadline, name, value)
	}
	var header metadata.MD
	_, err := grpc_health_v1.NewHealthClient(channel).Check(deadline, &grpc_health_v1.HealthCheckRequest{}, grpc.Header(&header))
	if err != nil {
		return outcome{kind: "grpc " + status.Code(err).String(), said: status.Convert(err).Message()}
	}
	if versions := header.Get("x-version"); len(versions) > 0 {
		result.version = versions[0]
	}
	return
}
