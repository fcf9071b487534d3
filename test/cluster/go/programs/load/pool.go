package main

import (
	"bufio"
	"fmt"
	"net"
	"time"
)

// connection is an open connection and what was read of it ahead.
type connection struct {
	net.Conn
	reader *bufio.Reader
}

// exchange sends one request on a connection and reads its response. It also returns whether the connection may be used again.
type exchange func(to target, on *connection) (result outcome, isReusable bool, err error)

// pool holds the connections of HTTP and TCP. net/http's own client is no substitute: it silently sends a request again if a connection
// that was kept open turns out to be closed.
//
// The client closes each connection. If the pods closed first, their TCP would remember its port for a minute, and a new connection to
// which kube-proxy gives the same port can be discarded (PAWS in RFC 7323), which looks like a dropped request.
type pool struct {
	to       target
	exchange exchange
	// One slot per connection that is kept open; nil until it is first used, and after a failure. Nil if connections are not kept.
	kept chan *connection
}

func newPool(to target, exchange exchange) *pool {
	if to.keep == 0 {
		return &pool{to: to, exchange: exchange}
	}
	kept := make(chan *connection, to.keep)
	for range to.keep {
		kept <- nil
	}
	return &pool{to, exchange, kept}
}

func (all *pool) request() outcome {
	if all.kept == nil {
		result, connection := all.requestOn(nil)
		if connection != nil {
			connection.Close()
		}
		return result
	}
	result, connection := all.requestOn(<-all.kept)
	all.kept <- connection
	return result
}

// requestOn sends a request on a connection, or on a new one if that is nil. It returns the connection if it is still good.
func (all *pool) requestOn(on *connection) (outcome, *connection) {
	deadline := time.Now().Add(all.to.timeout)
	where := "connecting"
	fail := func(err error) (outcome, *connection) {
		if on != nil {
			on.Close()
		}
		return outcome{kind: kindOf(err), said: fmt.Sprintf("%v (%s)", err, where)}, nil
	}
	if on == nil {
		dialed, err := net.DialTimeout("tcp", all.to.url.Host, all.to.timeout)
		if err != nil {
			return fail(err)
		}
		on = &connection{dialed, bufio.NewReader(dialed)}
		where = "on a new connection from " + dialed.LocalAddr().String()
	} else {
		where = "on a kept connection from " + on.LocalAddr().String()
	}
	if err := on.SetDeadline(deadline); err != nil {
		return fail(err)
	}
	result, isReusable, err := all.exchange(all.to, on)
	if err != nil {
		return fail(err)
	}
	if !isReusable {
		on.Close()
		on = nil
	}
	return result, on
}
