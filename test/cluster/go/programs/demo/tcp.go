package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

// serveTCP answers each line with a line that has the version and the pod. It returns a function that drains the server: it accepts no
// connection any more, and waits until the clients have closed theirs, but no longer than the limit.
func (told behaviour) serveTCP() (drain func()) {
	listener := listen(told.tcpPort)
	var open sync.WaitGroup
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { told.answerLines(connection) })
		}
	}()
	return func() {
		_ = listener.Close()
		closed := make(chan struct{})
		go func() {
			open.Wait()
			close(closed)
		}()
		select {
		case <-closed:
		case <-time.After(told.drainLimit):
			log.Printf("TCP: connections are still open after %v", told.drainLimit)
		}
	}
}

func (told behaviour) answerLines(connection net.Conn) {
	defer connection.Close()
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		told.work()
		if _, err := fmt.Fprintln(connection, told.version, os.Getenv("POD_NAME")); err != nil {
			return
		}
	}
}
