package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"goagi/luabind"
)

// admin is the operators' side of a server: whether it lives, whether it takes
// calls, and what it counts. It is for the host's own network, and has no
// authentication.
type admin struct {
	metrics   *metrics
	memory    *luabind.Memory // nil where it is not watched
	asterisks *asterisks      // nil where calls come by themselves
	draining  atomic.Bool
}

// tooStuck is how many scripts may be stuck for good before the server says that
// it should be started anew.
const tooStuck = 3

// serve answers until ctx ends.
func (a *admin) serve(ctx context.Context, listener net.Listener, log *slog.Logger) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := a.unready(); reason != "" {
			http.Error(w, reason, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = a.metrics.write(w) // whoever asked has gone
	})
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
		log.Error("the admin listener ended", "error", err)
	}
}

// unready says why no new calls should come here, "" where they may.
func (a *admin) unready() string {
	switch stuck := a.metrics.abandoned(); {
	case a.draining.Load():
		return "draining"
	case a.memory != nil && a.memory.Over():
		return "too much memory is held"
	case stuck >= tooStuck:
		return fmt.Sprintf("%d scripts are stuck", stuck)
	case a.asterisks != nil:
		return a.asterisks.unready()
	}
	return ""
}
