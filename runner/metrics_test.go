package runner

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What Prometheus reads is in its format, whatever a script is called.
func TestMetrics(t *testing.T) {
	var m metrics
	m.begin("menu")
	m.begin("a\"b\\c\nd")
	m.count("goagi_calls_ended_total", 1, "script", "menu", "status", "OK")
	m.count("goagi_calls_ended_total", 1, "script", "menu", "status", "OK")
	m.observe("goagi_call_duration_seconds", 3*time.Second)
	m.observe("goagi_command_duration_seconds", 500*time.Microsecond, "command", "ANSWER")
	m.observe("goagi_command_duration_seconds", time.Hour, "command", "ANSWER")
	m.end(true)
	var b bytes.Buffer
	if err := m.write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# TYPE goagi_calls_started_total counter\ngoagi_calls_started_total{script=\"a\\\"b\\\\c\\nd\"} 1\ngoagi_calls_started_total{script=\"menu\"} 1\n",
		"goagi_calls_ended_total{script=\"menu\",status=\"OK\"} 2\n",
		"goagi_call_duration_seconds_bucket{le=\"2.5\"} 0\ngoagi_call_duration_seconds_bucket{le=\"5\"} 1\n",
		"goagi_call_duration_seconds_bucket{le=\"+Inf\"} 1\ngoagi_call_duration_seconds_sum 3\ngoagi_call_duration_seconds_count 1\n",
		"goagi_command_duration_seconds_bucket{command=\"ANSWER\",le=\"0.0005\"} 1\n",
		"goagi_command_duration_seconds_bucket{command=\"ANSWER\",le=\"1800\"} 1\ngoagi_command_duration_seconds_bucket{command=\"ANSWER\",le=\"+Inf\"} 2\n",
		"goagi_command_duration_seconds_sum{command=\"ANSWER\"} 3600.0005\n",
		"goagi_calls_in_progress 1\n", "goagi_scripts_stuck 1\n", "# TYPE go_goroutines gauge\ngo_goroutines ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the metrics lack %q:\n%s", want, b.String())
		}
	}
}

// The operators' side says when no more calls should come.
func TestAdmin(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	a := &admin{metrics: new(metrics)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.serve(ctx, listener, slog.New(slog.DiscardHandler))
	}()
	defer func() {
		stop()
		<-done
		http.DefaultClient.CloseIdleConnections()
	}()
	get := func(path string) (int, string) {
		resp, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, strings.TrimSpace(string(body))
	}
	expect := func(path string, code int, body string) {
		t.Helper()
		if c, b := get(path); c != code || !strings.Contains(b, body) {
			t.Errorf("%s: %d %q, want %d %q", path, c, b, code, body)
		}
	}
	expect("/healthz", 200, "ok")
	expect("/readyz", 200, "ok")
	expect("/metrics", 200, "goagi_calls_in_progress 0")
	expect("/", 404, "")
	for range tooStuck {
		a.metrics.begin("x")
		a.metrics.end(true)
	}
	expect("/readyz", 503, "3 scripts are stuck")
	expect("/healthz", 200, "ok")
	a.draining.Store(true)
	expect("/readyz", 503, "draining")
}
