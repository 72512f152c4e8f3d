// Package doctor_test breaks a host with a real Asterisk, one thing at a time, and
// has goagi doctor find and mend it.
//
// The host is a chroot: a layer of its own over the one that GOAGI_TEST_ASTERISK
// names, which is not written to. The tests run in namespaces of their own, so
// that mounts, processes and ports are the host's alone and go with it.
package doctor_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"goagi/pbx"
)

// inside says to a test binary that it is in the namespaces: as "init", or as the
// one that tests.
const inside = "GOAGI_TEST_DOCTOR_INSIDE"

func TestMain(m *testing.M) {
	root := os.Getenv(pbx.Variable)
	switch {
	case os.Getenv(inside) == "init":
		os.Exit(beInit())
	case os.Getenv(inside) != "":
		if err := loopback(); err != nil {
			fmt.Fprintln(os.Stderr, "loopback:", err)
			os.Exit(1)
		}
		code := m.Run()
		asterisk.stop()
		os.Exit(code)
	case os.Geteuid() != 0 || root == "" || root == "host":
		os.Exit(m.Run()) // which skips
	}
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Args[0] = os.Args[0]
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.Env = append(os.Environ(), inside+"=init")
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
		Pdeathsig:  syscall.SIGKILL,
	}
	err := again.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "namespaces of our own cannot be had:", err)
		if os.Getenv("CI") != "" {
			os.Exit(1)
		}
		os.Exit(m.Run()) // which skips
	}
}

// beInit is the first process of a machine: it takes the end of those that nobody
// else waits for, or they would seem to live on.
func beInit() int {
	os.Setenv(inside, "test")
	child, err := os.StartProcess("/proc/self/exe", os.Args, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	for err == nil {
		var status unix.WaitStatus
		var pid int
		if pid, err = unix.Wait4(-1, &status, 0, nil); err == unix.EINTR {
			err = nil
		} else if pid == child.Pid {
			return status.ExitStatus() // -1 where a signal has ended it
		}
	}
	fmt.Fprintln(os.Stderr, "init:", err)
	return 1
}

// loopback brings up the only interface of a new network.
func loopback() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
