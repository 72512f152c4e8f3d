package runner

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"goagi/sim"
	"golang.org/x/sys/unix"
)

// recorder writes down a call as a call spec. Its methods are called from the
// goroutine of the call, spec after its end.
type recorder struct {
	call    *sim.Call
	asked   *tryAsked
	before  sim.Call // as it was at the start
	steps   []string
	now     time.Duration // where the spec is in the call
	keys    string        // pressed, and not yet among the steps
	begin   time.Duration // of their first one
	last    time.Duration // the end of their last one
	pressed time.Duration // the same where call:press presses them
	command string        // the script's, in progress
	placed  time.Time     // when the call began
	world   world
	prompts map[string]time.Duration
	missing []string
}

const (
	// keyTone is how long the simulated caller holds a key down before it counts.
	keyTone = 100 * time.Millisecond
	// keyTime is that and the gap behind it, pause what w waits.
	keyTime = 200 * time.Millisecond
	pause   = 500 * time.Millisecond
	// keysTogether parts what is pressed in one go: no script waits less than this
	// between two keys.
	keysTogether = 800 * time.Millisecond
	// hearsFor is how long call:hears may wait; its own limit is a minute.
	hearsFor = 40 * time.Second
	// noWait is too short for the spec to wait for it.
	noWait = 50 * time.Millisecond
)

// checkRecord looks whether the spec may be written.
func (a *tryAsked) checkRecord() error {
	switch {
	case a.record == "":
		return nil
	case !strings.HasSuffix(a.record, specEnding):
		return &usageError{"--record " + a.record + ": goagi test knows specs by their names", "name it NAME" + specEnding}
	case a.voice != nil && slices.ContainsFunc(a.voice.todo, func(s speech) bool { return s.flag == "say" }):
		return &usageError{"--record wants a file for what the caller says", "espeak-ng -w FILE.wav TEXT makes one for --audio FILE.wav"}
	}
	if _, err := os.Lstat(a.record); err == nil {
		return &usageError{"--record " + a.record + ": it is there already", "take another name, or delete it"}
	}
	if err := unix.Access(filepath.Dir(a.record), unix.W_OK); err != nil { // and not after the call
		return &usageError{"--record " + a.record + ": " + filepath.Dir(a.record) + ": " + err.Error(), ""}
	}
	return nil
}

func newRecorder(call *sim.Call, asked *tryAsked) *recorder {
	r := &recorder{call: call, asked: asked, prompts: make(map[string]time.Duration), placed: time.Now()}
	r.before.Vars, r.before.DB = maps.Clone(call.Vars), maps.Clone(call.DB)
	return r
}

// wire keeps the command in progress.
func (r *recorder) wire(mark byte, line string) {
	if mark == '>' {
		r.command = strings.ToUpper(line)
	}
}

// hear keeps what the spec is to hear and to do.
func (r *recorder) hear(e sim.Event) {
	at := e.At + r.call.Skipped() // as if nothing had been skipped
	switch e.Kind {
	case sim.Key:
		if !e.Lost { // one that is lost changes nothing
			r.press(e.Text, at)
		}
		return
	case sim.Prompt:
		if e.Length != assumed {
			r.prompts[e.Text] = e.Length
		}
		r.add(at, "call:hears(%s)", quoted(e.Text))
	case sim.Beep:
		r.add(at, `call:hears("beep")`)
	case sim.Date, sim.Time, sim.DateTime:
		seconds := quoted(e.Text) // any text, or none, is what the script asked for
		n, err := strconv.ParseInt(e.Text, 10, 48)
		if err == nil && e.Text == strconv.FormatInt(n, 10) {
			seconds = e.Text
		}
		r.add(at, "call:hears{%s = %s}", string(e.Kind), seconds)
	case sim.Digits, sim.Number, sim.Letters, sim.Phonetic, sim.Tone, sim.Music:
		r.add(at, "call:hears{%s = %s}", string(e.Kind), quoted(e.Text))
	case sim.Recording:
		r.add(at, "call:records(%s)", quoted(e.Text))
	case sim.Application:
		if e.Text != "Log" && e.Text != "Verbose" {
			r.add(at, "call:ran(%s, %s)", quoted(e.Text), quoted(e.Args))
		}
	case sim.Hangup:
		if !strings.HasPrefix(r.command, "HANGUP") && !strings.HasPrefix(strings.ReplaceAll(r.command, `"`, ""), "EXEC HANGUP") {
			// What ended at that moment, as a prompt may, came later than the hangup.
			r.wait(at - hangsBefore)
			r.add(at, "call:hangs_up()")
		}
	case says:
		r.wait(at)
		r.add(at, "call:says(%s)", quoted(r.beside(e.Args)))
	case missing:
		if !slices.Contains(r.missing, e.Text) {
			r.missing = append(r.missing, e.Text)
		}
	}
}

// press adds a key to those that are pressed in one go, with the caller's pauses: each
// w is half a second, and none is off by more than half of that.
func (r *recorder) press(key string, at time.Duration) {
	if r.keys != "" && at-r.last > keysTogether {
		r.flush()
	}
	if r.keys == "" {
		r.begin = at - keyTone
		r.pressed = at - keyTime
	} else if late := at - r.pressed - keyTime; late >= pause/2 {
		n := int((late + pause/2) / pause)
		r.keys += strings.Repeat("w", n)
		r.pressed += time.Duration(n) * pause
	}
	r.pressed += keyTime
	r.keys += key
	r.last = at
}

// flush makes a step of the keys.
func (r *recorder) flush() {
	if r.keys == "" {
		return
	}
	keys := r.keys
	r.keys = ""
	r.wait(r.begin)
	r.add(r.begin, "call:press(%s)", quoted(keys))
}

// wait makes a step of the time until then.
func (r *recorder) wait(until time.Duration) {
	r.flush()
	if d := until - r.now; d > noWait {
		r.now = until
		r.add(until, "call:waits(%s)", luaSeconds(d))
	}
}

// hangsBefore is how much earlier a recorded caller hangs up: as little as a step can
// say.
const hangsBefore = 10 * time.Millisecond

func luaSeconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(10*time.Millisecond).Seconds(), 'f', -1, 64)
}

func (r *recorder) add(at time.Duration, format string, values ...any) {
	r.flush()
	if at-r.now > hearsFor { // where hears would give up
		r.wait(at - time.Second)
	}
	r.steps = append(r.steps, fmt.Sprintf(format, values...))
	r.now = max(r.now, at)
}

// spec gives the text of the spec.
func (r *recorder) spec(o outcome) string {
	r.flush()
	var b strings.Builder
	r.world.programs(r.asked.script.path)
	if wants := r.world.all(); len(wants) > 0 {
		fmt.Fprintf(&b, "-- What the call asked of the world, and a test has to fake before place:\n--   %s\n", strings.Join(wants, "\n--   "))
	}
	fmt.Fprintf(&b, "describe(%s, function()\n  it(\"goes as recorded\", function()\n", quoted(filepath.Base(r.asked.script.path)))
	line := func(format string, values ...any) { fmt.Fprintf(&b, "    "+format+"\n", values...) }
	line("at(%s)", quoted(r.placed.UTC().Format("2006-01-02 15:04:05.000")))
	line("local call = place(%s%s)", quoted(r.beside(r.asked.script.path)), r.options())
	for _, step := range r.steps {
		line("%s", step)
	}
	line("call:ends(%s)", quoted(strings.ToLower(string(o.result.Status))))
	for _, name := range slices.Sorted(maps.Keys(o.vars)) {
		if value := o.vars[name]; !ownName(name) && r.before.Vars[name] != value {
			line("assert.equal(%s, call.var%s)", quoted(value), index(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.db)) {
		if value := o.db[name]; r.before.DB[name] != value {
			line("assert.equal(%s, call.db[%s])", quoted(value), quoted(name))
		}
	}
	b.WriteString("  end)\nend)\n")
	return b.String()
}

// ownName tells the variables that say how the call ended, as call:ends does.
func ownName(name string) bool {
	return name == "AGISTATUS" || name == "PLAYBACKSTATUS" || strings.HasPrefix(name, "GOAGI_")
}

// options gives what place is told, with the comma before it.
func (r *recorder) options() string {
	var list []string
	option := func(format string, values ...any) { list = append(list, fmt.Sprintf(format, values...)) }
	if args := r.asked.words[1:]; len(args) > 0 {
		option("args = {%s}", quotedList(args))
	}
	fresh, err := r.asked.call()
	if err != nil { // it was made before
		return ""
	}
	lines := make(map[string]string)
	for _, field := range describedBy(fresh) {
		set := slices.ContainsFunc(fresh.Env, func(line [2]string) bool { return line[0] == "agi_"+field.name })
		switch {
		case *field.at != "" && field.name != "priority":
			option("%s = %s", field.name, quoted(*field.at))
		case set: // what place does not know
			lines[field.name] = *field.at
		}
	}
	if r.asked.voice != nil {
		option(`transport = "eagi"`)
	}
	table := func(name string, values map[string]string) {
		var items []string
		for _, key := range slices.Sorted(maps.Keys(values)) {
			items = append(items, fmt.Sprintf("[%s] = %s", quoted(key), values[key]))
		}
		if len(items) > 0 {
			option("%s = {%s}", name, strings.Join(items, ", "))
		}
	}
	lengths := make(map[string]string)
	for name, length := range r.prompts {
		lengths[name] = strconv.FormatFloat(length.Round(time.Millisecond).Seconds(), 'f', -1, 64)
	}
	for _, pair := range r.asked.env {
		name, value, _ := strings.Cut(pair, "=")
		lines[strings.TrimPrefix(name, "agi_")] = value
	}
	table("env", quotedAll(lines))
	table("var", quotedAll(r.before.Vars))
	table("db", quotedAll(r.before.DB))
	table("prompts", lengths)
	if len(r.missing) > 0 {
		option("missing = {%s}", quotedList(r.missing))
	}
	if len(list) == 0 {
		return ""
	}
	return ", {" + strings.Join(list, ", ") + "}"
}

// beside gives a file's path as a spec finds it: from the spec's folder, or from
// a scripts folder, else whole.
func (r *recorder) beside(path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	for _, folder := range append([]string{filepath.Dir(r.asked.record)}, r.asked.script.folders...) {
		from, err := filepath.Abs(folder)
		if err != nil {
			continue
		}
		if name, err := filepath.Rel(from, whole); err == nil && filepath.IsLocal(name) {
			return name
		}
	}
	return whole
}

// quoted writes a text as Lua does.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + `"`
}

func quotedAll(values map[string]string) map[string]string {
	all := make(map[string]string, len(values))
	for name, value := range values {
		all[name] = quoted(value)
	}
	return all
}

func quotedList(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = quoted(text)
	}
	return strings.Join(list, ", ")
}

// index writes the way to a field of a table. Lua's keywords are in small
// letters.
func index(name string) string {
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == "" && name != "" && name[0] > '9' {
		return "." + name
	}
	return "[" + quoted(name) + "]"
}
