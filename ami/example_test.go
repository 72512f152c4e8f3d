package ami_test

import (
	"context"
	"fmt"
	"log/slog"

	"goagi/agi"
	"goagi/ami"
)

// The channels of an Asterisk, and what happens to them from then on.
func ExampleDial() {
	ctx := context.Background()
	conn, err := ami.Dial(ctx, ami.Account{Addr: "127.0.0.1:5038", User: "watcher", Secret: "secret"})
	if err != nil {
		slog.Error("no manager", "error", err)
		return
	}
	defer conn.Close()
	channels, err := conn.List(ctx, ami.Action("CoreShowChannels"))
	if err != nil {
		slog.Error("no list", "error", err)
		return
	}
	for _, channel := range channels {
		fmt.Println(channel.Get("Channel"), channel.Get("Application"))
	}
	err = conn.Receive(ctx, func(event ami.Message) { fmt.Println(event.Event(), event.Get("Channel")) })
	slog.Info("the connection is over", "error", err)
}

// AGI(agi:async,hello) runs this.
func ExampleWorker() {
	worker := &ami.Worker{Log: slog.Default(), Handler: func(ctx context.Context, call *ami.Call) {
		env, err := call.Env(ctx)
		if err != nil {
			return
		}
		session := agi.NewSession(call)
		_ = session.Verbose("hello "+env.Get("calleridname"), 1)
	}}
	err := worker.Serve(context.Background(), ami.Account{Addr: "127.0.0.1:5038", User: "goagi", Secret: "secret"})
	slog.Error("refused", "error", err)
}
