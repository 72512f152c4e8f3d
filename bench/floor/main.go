// Command floor is the smallest Go program that holds the benchmark's dialog: six fixed commands, raw system calls, no
// fmt, no os, no buffering. Nothing written in Go answers a call with less, so every other figure is given as a multiple
// of this program's.
package main

import "syscall"

// commands are the six of bench/start, quoted the way goagi quotes them.
var commands = [...]string{
	"ANSWER\n",
	"SET VARIABLE \"X\" \"1\"\n",
	"GET VARIABLE \"X\"\n",
	"STREAM FILE \"beep\" \"\"\n",
	"GET DATA \"beep\" \"1000\" \"4\"\n",
	"VERBOSE \"done\" \"1\"\n",
}

// buf holds the environment block, then one reply at a time. A block is about 600 bytes.
var buf [4096]byte

func main() {
	if !readUntil("\n\n") {
		syscall.Exit(1)
	}
	for _, command := range commands {
		if _, err := syscall.Write(1, []byte(command)); err != nil {
			syscall.Exit(1)
		}
		if !readUntil("\n") || string(buf[:4]) != "200 " {
			syscall.Exit(1)
		}
	}
}

// readUntil fills buf from its start until what was read ends in end. It reports false at the end of file, on an error
// and when buf is full.
func readUntil(end string) bool {
	n := 0
	for n < len(end) || string(buf[n-len(end):n]) != end {
		m, err := syscall.Read(0, buf[n:])
		if err != nil || m <= 0 {
			return false
		}
		n += m
	}
	return true
}
