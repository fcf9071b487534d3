package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// httpExchange sends a GET request.
func httpExchange(to target, on *connection) (result outcome, isReusable bool, err error) {
	request := &http.Request{Method: http.MethodGet, URL: to.url, Host: to.host, Header: http.Header{}}
	for name, value := range to.headers {
		request.Header.Set(name, value)
	}
	if err = request.Write(on); err != nil {
		return
	}
	answer, err := http.ReadResponse(on.reader, request)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return
	}
	if answer.StatusCode != http.StatusOK {
		result.kind = fmt.Sprint(answer.StatusCode)
		result.said = strings.TrimSpace(string(body[:min(len(body), 200)]))
	}
	result.version = answer.Header.Get("X-Version")
	return result, !answer.Close, nil
}
