package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// context of the dialplan that exists for the length of the call.
const ownContext = "goagi-doctor"

// script is what goagi runs in the call. After each step it notes in a variable
// of the channel how far it has come.
const script = `local agi = require "agi"
local steps = ""
local function done(step)
  steps = steps == "" and step or steps .. ", " .. step
  agi.set_variable("GOAGI_DOCTOR", steps)
end
done("the script began")
agi.answer()
done("answered")
if arg[1] ~= "" then
  local _, played = agi.stream_file(arg[1])
  done("played " .. arg[1] .. " (" .. (tonumber(played) or 0) / 8000 .. " s)")
end
agi.set_variable("GOAGI_DOCTOR_SAYS", 'a "quoted" (value)')
assert(agi.get_variable("GOAGI_DOCTOR_SAYS") == 'a "quoted" (value)', "a variable came back as another")
done("wrote and read a variable")
agi.log("info", "goagi doctor: a call to see whether calls work")
done("wrote to the log")
`

// placeCalls places a call by each way that is there: a process, and FastAGI.
func (x *exam) placeCalls(ctx context.Context) {
	switch {
	case !x.Call:
		x.skip("--call was not given")
		return
	case x.says == nil:
		x.skip(x.unasked())
		return
	case x.UID != 0 && (x.user == nil || x.UID != x.user.UID):
		x.skip("only root can place one")
		return
	}
	for _, module := range [...]string{"pbx_config", "res_clioriginate"} {
		if loaded, err := x.loaded(ctx, module); err != nil || !loaded {
			text, mends := x.missing(ctx, module)
			x.skipWith("a call is placed by "+module+": "+text, mends[max(0, len(mends)-1):]...) // for this call, not for all starts
			return
		}
	}
	home := x.folders()[0]
	if !x.exists(home) {
		home = x.agi
	}
	folder, err := os.MkdirTemp(x.file(home), ".goagi-doctor-")
	if err != nil {
		x.skip("no script can be put into " + home + ": " + err.Error())
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "call.lua")
	if err = os.WriteFile(path, []byte(script), 0o644); err == nil {
		if err = os.Chmod(path, 0o644); err == nil {
			err = os.Chmod(folder, 0o755)
		}
	}
	if err != nil {
		x.skip(err.Error())
		return
	}
	if end, limited := ctx.Deadline(); limited { // what is cleaned up has to be so before the look is given up
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, end.Add(-2*atEnd), errors.New("no time is left for it"))
		defer cancel()
	}
	name := filepath.Base(folder) + "/call.lua"
	seen := filepath.Join(home, name) // as Asterisk sees it
	prompt := x.prompt()
	x.place(ctx, "AGI(goagi,"+seen+","+prompt+")", "goagi as a process")
	switch served := x.served(); {
	case x.server == "":
	case len(served) == 0 || !x.same(served[0], home):
		x.skip("goagi serve: its scripts are not known to be in " + home + ", where the call's is")
	default:
		x.place(ctx, "AGI(agi://"+x.server+"/"+name+","+prompt+")", "goagi serve")
	}
}

// same reports whether two paths lead to one file.
func (x *exam) same(one, other string) bool {
	a, errA := x.stat(one)
	b, errB := x.stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// prompt gives a prompt that is there, "" where none is.
func (x *exam) prompt() string {
	folder := filepath.Join(x.folder("astdatadir", "Data directory", "/usr/share/asterisk"), "sounds", x.says["Default language"])
	for _, name := range []string{"beep", "hello-world", "auth-thankyou"} {
		if found, _ := filepath.Glob(x.file(filepath.Join(folder, name+".*"))); len(found) > 0 {
			return name
		}
	}
	return ""
}

// onceMore is how often Asterisk is asked how far the call has come.
const onceMore = 100 * time.Millisecond

// comesUp is how long Asterisk may take to make the call's channels.
const comesUp = 5 * time.Second

// holds is how long a call may take: it is one of a second.
const holds = 10 * time.Second

// atEnd is how long each part of cleaning up may take, whatever has ended the look.
const atEnd = 3 * time.Second

// place places one call, says how far it came, and takes it away again.
func (x *exam) place(ctx context.Context, step, way string) {
	if ctx.Err() != nil {
		x.skip(fmt.Sprintf("%s: %v", way, context.Cause(ctx)))
		return
	}
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, holds, fmt.Errorf("it takes longer than %v", holds))
	defer cancel()
	extension := strings.ToLower(rand.Text()[:8])
	defer x.forget(ctx, way)
	// Without the variable a call whose script has hung would outlive its hangup.
	for i, app := range []string{"Set(AGIEXITONHANGUP=yes)", step, "Wait(30)"} {
		out, err := x.cli(ctx, fmt.Sprintf("dialplan add extension %s,%d,%s into %s", extension, i+1, app, ownContext))
		if err != nil || !strings.Contains(out, "added into") {
			x.wrong(fmt.Sprintf("%s: the dialplan takes no extension: %v %s", way, err, out), x.asks("core show help dialplan add extension"))
			return
		}
	}
	out, err := x.cli(ctx, "channel originate Local/"+extension+"@"+ownContext+"/n application Wait 30")
	if err != nil {
		x.wrong(fmt.Sprintf("%s: no call can be placed: %v %s", way, err, out), x.asks("core show channels"))
		return
	}
	vars, err := x.watch(ctx, extension)
	x.hangUp(ctx, extension, way)
	came := vars["GOAGI_DOCTOR"]
	if came == "" {
		came = "no script began"
	}
	switch {
	case err != nil:
		x.wrong(fmt.Sprintf("%s: %v; %s", way, err, came), x.asks("core show channels"))
	case vars["AGISTATUS"] == "SUCCESS" && vars["GOAGI_STATUS"] == "OK":
		x.ok(fmt.Sprintf("%s held a call of %.1f s: %s", way, time.Since(begin).Seconds(), came))
	default:
		text := fmt.Sprintf("%s: AGISTATUS is %s", way, vars["AGISTATUS"])
		if status := vars["GOAGI_STATUS"]; status != "" {
			text += ", GOAGI_STATUS is " + status
		}
		if message := vars["GOAGI_ERROR"]; message != "" {
			text += ", " + message
		}
		// The looks before this one have the mends; this shows the dialog.
		x.wrong(text+"; "+came, x.asks("agi set debug on"), x.called()+" -rvvvv")
	}
}

// channel gives the channel that runs an extension of ours, "" where none does.
func (x *exam) channel(ctx context.Context, extension string) (name string, err error) {
	out, err := x.cli(ctx, "core show channels concise")
	for line := range strings.Lines(out) {
		name, _, _ := strings.Cut(line, "!")
		if strings.HasPrefix(name, "Local/"+extension+"@"+ownContext+"-") && strings.HasSuffix(name, ";2") {
			return name, nil
		}
	}
	return "", err
}

// cleaning gives a context to clean up in, which has its time from now on.
func cleaning(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), atEnd)
}

// forget takes the context away from the dialplan.
func (x *exam) forget(ctx context.Context, way string) {
	ctx, cancel := cleaning(ctx)
	defer cancel()
	remove := "dialplan remove context " + ownContext
	if _, err := x.cli(ctx, remove); err != nil {
		x.warn(fmt.Sprintf("%s: the context %s is still in the dialplan: %v", way, ownContext, err), x.asks(remove))
	}
}

// hangUp ends the call and waits until it has gone.
func (x *exam) hangUp(ctx context.Context, extension, way string) {
	ctx, cancel := cleaning(ctx)
	defer cancel()
	hangup := ""
	for {
		channel, err := x.channel(ctx, extension)
		switch {
		case channel == "" && err == nil:
			return
		case channel != "" && hangup == "":
			hangup = "channel request hangup " + channel
			_, _ = x.cli(ctx, hangup)
		}
		select {
		case <-ctx.Done():
			x.warn(way+": the call of doctor's own may still be there", x.asks("core show channels"))
			return
		case <-time.After(onceMore):
		}
	}
}

// watch waits until goagi has ended in the call, and gives the channel's
// variables. They come with an error, too.
func (x *exam) watch(ctx context.Context, extension string) (map[string]string, error) {
	vars := make(map[string]string)
	came, late := false, time.After(comesUp)
	for {
		channel, err := x.channel(ctx, extension)
		if channel != "" {
			came = true
			out, _ := x.cli(ctx, "core show channel "+channel)
			for line := range strings.Lines(out) {
				if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
					vars[name] = value
				}
			}
		} else if came && err == nil {
			return vars, fmt.Errorf("the call ended before its time")
		}
		if vars["AGISTATUS"] != "" {
			return vars, nil
		}
		select {
		case <-late:
			if !came {
				return vars, fmt.Errorf("no channel came up within %v", comesUp)
			}
		case <-ctx.Done():
			if !came { // it may be about to
				<-time.After(onceMore)
			}
			return vars, fmt.Errorf("the call did not come to its end: %w", context.Cause(ctx))
		case <-time.After(onceMore):
		}
	}
}
