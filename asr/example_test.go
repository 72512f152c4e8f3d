package asr_test

import (
	"context"
	"fmt"

	"goagi/asr"
)

func Example() {
	engine, err := asr.Open(map[string]any{"engine": "command", "command": []string{"echo", "Goodbye,", "{rate}."}, "timeout": 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	said, err := engine.Transcribe(context.Background(), asr.Speech{Rate: 8000, Samples: make([]int16, 1600)})
	fmt.Println(said.Text, err)
	// Output: Goodbye, 8000. <nil>
}
