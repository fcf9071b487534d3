// Resolver is a DNS server that knows a few names. The cluster has no DNS, and some programs find their control plane only by its name.
//
//	resolver NAME=ADDRESS …
package main

import (
	"log"
	"net"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

func main() {
	known := map[string][4]byte{}
	for _, word := range os.Args[1:] {
		name, address, _ := strings.Cut(word, "=")
		parsed, err := netip.ParseAddr(address)
		if err != nil || !parsed.Is4() {
			log.Fatalf("%s: must be NAME=ADDRESS, with an IPv4 address", word)
		}
		known[strings.ToLower(name)+"."] = parsed.As4()
	}
	socket, err := net.ListenPacket("udp", ":53")
	if err != nil {
		log.Fatal(err)
	}
	packet := make([]byte, 512)
	for {
		n, from, err := socket.ReadFrom(packet)
		if err != nil {
			log.Fatal(err)
		}
		if answer, err := answerTo(packet[:n], known); err != nil {
			log.Printf("%v: %v", from, err)
		} else {
			_, _ = socket.WriteTo(answer, from)
		}
	}
}

// answerTo answers a query. A name that is known has an address and no record of another type; any other name does not exist.
func answerTo(query []byte, known map[string][4]byte) ([]byte, error) {
	var parser dnsmessage.Parser
	head, err := parser.Start(query)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, RecursionDesired: head.RecursionDesired},
		Questions: []dnsmessage.Question{question},
	}
	address, isKnown := known[strings.ToLower(question.Name.String())]
	switch {
	case !isKnown:
		answer.RCode = dnsmessage.RCodeNameError
	case question.Type == dnsmessage.TypeA:
		record := dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class, TTL: 60}
		answer.Answers = []dnsmessage.Resource{{Header: record, Body: &dnsmessage.AResource{A: address}}}
	}
	return answer.Pack()
}
