package sim_test

import (
	"bufio"
	"context"
	"fmt"

	"goagi/sim"
)

func Example() {
	call := &sim.Call{Script: "pin.lua", Hear: func(e sim.Event) { fmt.Println("the caller:", e.Kind, e.Text) }}
	asterisk, program := sim.Pipe()
	ended := make(chan sim.Result)
	go func() { ended <- call.Run(context.Background(), asterisk) }()

	in := bufio.NewScanner(program)
	for in.Scan() && in.Text() != "" {
		// The environment block.
	}
	call.Press("42")
	fmt.Fprintln(program, "GET DATA enter-pin 3000 2")
	in.Scan()
	fmt.Println(in.Text())
	program.CloseWrite()
	fmt.Println((<-ended).Status)
	// Output:
	// the caller: prompt enter-pin
	// the caller: key 4
	// the caller: key 2
	// 200 result=42
	// SUCCESS
}
