// Measure runs a command and says how long it took and how much memory the largest of its processes had:
//
//	measure FILE LIMIT COMMAND [ARGUMENT ...]
//
// One line of JSON goes to the file; the command's own output is left alone, and its status is this one's. A command that takes
// longer than the limit is killed with all that it started, and the file says so.
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
	// Kilobytes.
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
