package runner

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"goagi/agi"
	"goagi/fastagi"
)

// metrics counts what a server does, for Prometheus. The zero value is ready,
// and any number of goroutines may use it.
type metrics struct {
	mu         sync.Mutex // held for a few additions
	counters   map[series]float64
	histograms map[series]*histogram
	inProgress int
	stuck      int
	server     *fastagi.Server // counts connections; nil where there is none
	asterisks  *asterisks      // nil where calls come by themselves
}

// The counters, with what they count.
var counterHelp = [...][2]string{
	{"goagi_calls_started_total", "Calls that have begun, by script."},
	{"goagi_calls_ended_total", "Calls that have ended, by script and status."},
	{"goagi_calls_refused_total", "Connections that were turned away, by reason."},
	{"goagi_script_errors_total", "Calls that a script's error ended, by script."},
	{"goagi_lua_seconds_total", "Time that calls spent in Lua and its modules, and not waiting for Asterisk."},
}

// The histograms, with what they measure.
var histogramHelp = [...][2]string{
	{"goagi_call_duration_seconds", "How long calls lasted."},
	{"goagi_command_duration_seconds", "How long Asterisk took for a command, by command."},
}

// bounds are the upper bounds of a histogram's buckets, in seconds: a command of
// Asterisk takes from a tenth of a millisecond to the length of a Dial.
var bounds = [...]float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800}

type histogram struct {
	buckets [len(bounds) + 1]uint64
	sum     float64
}

func (h *histogram) add(seconds float64) {
	i, _ := slices.BinarySearch(bounds[:], seconds)
	h.buckets[i]++
	h.sum += seconds
}

// series is a name with its labels, names and values in turn: a key that costs no
// memory to make.
type series struct {
	name   string
	labels [4]string
}

func seriesOf(name string, labels []string) series {
	s := series{name: name}
	copy(s.labels[:], labels)
	return s
}

// count adds n to a counter. labels are names and values in turn, two of each at
// most.
func (m *metrics) count(name string, n float64, labels ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(seriesOf(name, labels), n)
}

// add adds n to a counter. The caller holds mu.
func (m *metrics) add(s series, n float64) {
	if m.counters == nil {
		m.counters = make(map[series]float64)
	}
	m.counters[s] += n
}

// observe adds a time to a histogram, labels as count has them.
func (m *metrics) observe(name string, d time.Duration, labels ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := seriesOf(name, labels)
	h := m.histograms[key]
	if h == nil {
		if m.histograms == nil {
			m.histograms = make(map[series]*histogram)
		}
		h = new(histogram)
		m.histograms[key] = h
	}
	h.add(d.Seconds())
}

// labelled writes the labels as name="value",..., "" where there are none.
func (s series) labelled() string {
	var b strings.Builder
	for i := 0; i < len(s.labels) && s.labels[i] != ""; i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s.labels[i] + `="` + escaped(s.labels[i+1]) + `"`)
	}
	return b.String()
}

// braced puts labels into braces, where there are some.
func braced(labels string) string {
	if labels == "" {
		return ""
	}
	return "{" + labels + "}"
}

// sorted gives the series of a name, by their labels.
func sorted[V any](all map[series]V, name string) []series {
	var list []series
	for s := range all {
		if s.name == name {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b series) int { return strings.Compare(a.labelled(), b.labelled()) })
	return list
}

// escaped is a label's value as it stands between quotes.
func escaped(value string) string {
	if !strings.ContainsAny(value, "\\\"\n") {
		return value
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value)
}

// begin and end count the calls in progress.
func (m *metrics) begin(script string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(seriesOf("goagi_calls_started_total", []string{"script", script}), 1)
	m.inProgress++
}

func (m *metrics) end(abandoned bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inProgress--
	if abandoned {
		m.stuck++
	}
}

// abandoned gives how many scripts are stuck for good.
func (m *metrics) abandoned() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stuck
}

// write writes all of it in Prometheus' text format.
func (m *metrics) write(w io.Writer) error {
	var b bytes.Buffer
	if m.server != nil {
		m.refused()
	}
	m.mu.Lock()
	for _, c := range counterHelp {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %[1]s counter\n", c[0], c[1])
		for _, key := range sorted(m.counters, c[0]) {
			fmt.Fprintf(&b, "%s%s %s\n", c[0], braced(key.labelled()), decimals(m.counters[key]))
		}
	}
	for _, h := range histogramHelp {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %[1]s histogram\n", h[0], h[1])
		for _, key := range sorted(m.histograms, h[0]) {
			m.histograms[key].write(&b, h[0], key.labelled())
		}
	}
	for _, g := range [...]struct {
		name, help string
		value      int
	}{
		{"goagi_calls_in_progress", "Calls that have begun and not ended.", m.inProgress},
		{"goagi_scripts_stuck", "Scripts that were given up and hold their memory.", m.stuck},
		{"go_goroutines", "Number of goroutines that currently exist.", runtime.NumGoroutine()},
	} {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %[1]s gauge\n%[1]s %[3]d\n", g.name, g.help, g.value)
	}
	m.mu.Unlock()
	if m.asterisks != nil {
		m.asterisks.write(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// refused takes over what the server counts by itself.
func (m *metrics) refused() {
	counts := m.server.Counts()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range [...]struct {
		reason string
		n      int64
	}{{"address", counts.Refused}, {"full", counts.Busy}, {"memory", counts.NoRoom}, {"no call", counts.Bad}} {
		key := seriesOf("goagi_calls_refused_total", []string{"reason", c.reason})
		m.add(key, float64(c.n)-m.counters[key])
	}
}

func (h *histogram) write(b *bytes.Buffer, name, labels string) {
	comma, braces := "", braced(labels)
	if labels != "" {
		comma = labels + ","
	}
	total := uint64(0)
	for i, n := range h.buckets {
		total += n
		bound := "+Inf"
		if i < len(bounds) {
			bound = decimals(bounds[i])
		}
		fmt.Fprintf(b, "%s_bucket{%sle=\"%s\"} %d\n", name, comma, bound, total)
	}
	fmt.Fprintf(b, "%s_sum%s %s\n%s_count%s %d\n", name, braces, decimals(h.sum), name, braces, total)
}

func decimals(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// timed is a call's dialog whose commands are measured. Asterisk is waited for
// in it, and the rest of the call's time is the script's.
type timed struct {
	agi.Transport
	metrics  *metrics
	commands int
	waited   time.Duration
}

// Last is the dialog's own, with nothing to measure, where it has one.
func (t *timed) Last(c agi.Command) error {
	last, ok := t.Transport.(interface{ Last(agi.Command) error })
	if !ok {
		_, err := t.RoundTrip(c)
		return err
	}
	t.commands++
	return last.Last(c)
}

// RoundTrip is the dialog's own.
func (t *timed) RoundTrip(c agi.Command) (agi.Reply, error) {
	begin := time.Now()
	reply, err := t.Transport.RoundTrip(c)
	took := time.Since(begin)
	t.commands++
	t.waited += took
	name := c.Known()
	if name == "" {
		name = "other"
	}
	t.metrics.observe("goagi_command_duration_seconds", took, "command", name)
	return reply, err
}
