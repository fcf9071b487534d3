// Measure runs a command, and records its duration and the peak memory of the largest of its processes:
//
//	measure FILE LIMIT COMMAND [ARGUMENT ...]
//
// It writes one line of JSON to the file, leaves the command's own output alone, and exits with the command's status. If a command takes
// longer than the limit, measure kills it with all processes that it started, and records that in the file.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

type measured struct {
	Seconds float64 `json:"seconds"`
	// In kilobytes.
	PeakMemory int64 `json:"peakMemory"`
	TooLong    bool  `json:"tooLong"`
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: measure FILE LIMIT COMMAND [ARGUMENT ...]")
		os.Exit(2)
	}
	limit, err := time.ParseDuration(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	stop, end := context.WithTimeout(context.Background(), limit)
	defer end()
	command := exec.CommandContext(stop, os.Args[3], os.Args[4:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	begin := time.Now()
	err = command.Run()
	took := time.Since(begin)
	if command.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(127)
	}
	usage := command.ProcessState.SysUsage().(*syscall.Rusage)
	text, _ := json.Marshal(measured{took.Seconds(), usage.Maxrss, stop.Err() != nil})
	if err := os.WriteFile(os.Args[1], text, 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if stop.Err() != nil {
		return
	}
	os.Exit(command.ProcessState.ExitCode())
}
