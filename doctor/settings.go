package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// settingMend gives an editor of the settings file where a setting stands in it, and
// nothing where it comes from a flag or a variable.
func (x *exam) settingMend(name string) []string {
	if x.File == "" || !regexp.MustCompile(`(?m)^[ \t]*`+regexp.QuoteMeta(name)+`[ \t]*=`).MatchString(x.read(x.File)) {
		return nil
	}
	return []string{editor(x.File)}
}

// judgeSettings looks at the settings file, and who may read it and the other
// files with secrets.
func (x *exam) judgeSettings(ctx context.Context) {
	if x.File == "" {
		x.ok("no settings file, so everything is as usual")
		return
	}
	info, err := x.stat(x.File)
	switch {
	case errors.Is(err, os.ErrPermission), err == nil && errors.Is(x.FileError, os.ErrPermission):
		x.skip(x.File + ": " + x.whoSees())
		return
	case err != nil:
		x.wrong(fmt.Sprintf("the settings file %s is not there, and no call works without it", x.File), command("install", "-D", "-m", "644", "/dev/null", x.File))
		return
	}
	bad := false
	if x.FileError != nil {
		// What is meant by a wrong line nobody knows but who wrote it.
		x.wrong(fmt.Sprintf("%v: no call works until it is mended", x.FileError), editor(x.File))
		bad = true
	}
	for _, path := range x.Secrets {
		info, err := x.stat(path)
		if err == nil && info.Mode().Perm()&0o004 != 0 {
			x.warn("everybody on this machine may read "+path+", which holds secrets", x.between(path)...)
			bad = true
		}
	}
	files := append([]string{x.File}, x.Secrets...)
	slices.Sort(files)
	shut, can := x.denied(ctx, "r", slices.Compact(files)...)
	for _, path := range shut {
		x.wrong(fmt.Sprintf("Asterisk's user %s cannot read %s: its calls fail", x.user.Name, path), x.between(path)...)
		bad = true
	}
	if openToAll(info) {
		x.wrong("everybody on this machine may change "+x.File, command("chmod", "o-w", x.File))
		bad = true
	}
	if !can {
		x.unseen("whether Asterisk's user can read " + x.File)
	}
	if !bad {
		x.ok(x.File)
	}
}

// unit is where install.sh puts the service.
const unit = "/etc/systemd/system/goagi.service"

// between makes a file one that root writes, Asterisk's user reads, and nobody
// else sees; where the service has a user that systemd makes up, that one has to
// be in the group.
func (x *exam) between(path string) []string {
	group := "asterisk"
	if x.user != nil {
		group = x.user.Group
	}
	mends := []string{command("chgrp", group, path), command("chmod", "640", path)}
	if x.dynamic() {
		dir := unit + ".d"
		mends = append(mends, command("install", "-d", dir),
			"printf '[Service]\\nSupplementaryGroups=%s\\n' "+Quote(group)+" > "+Quote(dir+"/group.conf"),
			"systemctl daemon-reload", "systemctl try-restart goagi")
	}
	return mends
}

// dynamic reports whether there is a service with a user that systemd makes up.
func (x *exam) dynamic() bool {
	return strings.Contains(x.read(unit), "\nDynamicUser=yes")
}

// judgeData looks at the folder that scripts keep files in.
func (x *exam) judgeData(ctx context.Context) {
	if x.user == nil {
		x.skip("it is not known whom Asterisk runs as")
		return
	}
	name, group := x.user.Name, x.user.Group
	mend := command("install", "-d", "-m", "750", "-o", name, "-g", group, x.Data)
	info, err := x.stat(x.Data)
	if x.dynamic() {
		x.ok(x.Data + " is the service's: systemd makes it")
		return
	}
	switch {
	case errors.Is(err, os.ErrPermission):
		x.skip(x.Data + ": " + x.whoSees())
		return
	case errors.Is(err, os.ErrNotExist):
		x.warn("there is no "+x.Data+", where scripts keep files", mend)
		return
	case err != nil:
		x.skip(err.Error())
		return
	case !info.IsDir():
		x.wrong(x.Data+" is no folder", command("mv", x.Data, x.Data+".old"), mend)
		return
	}
	real, err := x.real(x.Data)
	if err != nil {
		x.skip(err.Error())
		return
	}
	shut, can := x.denied(ctx, "x", parents(real)...)
	if len(shut) > 0 {
		x.warn(fmt.Sprintf("Asterisk's user %s cannot enter %s, so not reach %s", x.user.Name, shut[0], x.Data), command("chmod", "o+x", shut[0]))
		return
	}
	if shut, _ := x.denied(ctx, "w", real); len(shut) > 0 {
		x.warn(fmt.Sprintf("Asterisk's user %s cannot write in %s (%s's, %v)", x.user.Name, x.Data, x.owner(info), info.Mode()),
			command("chown", name+":"+group, real), command("chmod", "u+rwx", real))
		return
	}
	if openToAll(info) {
		x.warn("everybody on this machine may change what scripts keep in "+x.Data, command("chmod", "o-w", real))
		return
	}
	if !can {
		x.unseen("whether Asterisk's user can write in " + x.Data)
		return
	}
	x.ok(fmt.Sprintf("%s, %s's, %v", x.Data, x.owner(info), info.Mode()))
}
