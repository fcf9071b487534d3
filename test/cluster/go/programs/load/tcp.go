package main

import (
	"fmt"
	"strings"
)

// lineExchange sends a line. The demo answers each line with a line that begins with its version.
func lineExchange(_ target, on *connection) (result outcome, isReusable bool, err error) {
	if _, err = fmt.Fprintln(on, "hello"); err != nil {
		return
	}
	line, err := on.reader.ReadString('\n')
	if err != nil {
		return
	}
	result.version, _, _ = strings.Cut(strings.TrimSpace(line), " ")
	return result, true, nil
}
