package doctor

import (
	"context"
	"strings"
)

// install gives the command that installs a package of Asterisk's, by its name in
// Debian and in Fedora. There is none where the distribution has no such package,
// nor where the Asterisk that is there is not the distribution's: a second one
// beside it would take its place.
func (x *exam) install(ctx context.Context, debian, fedora string) []string {
	real, err := x.real(x.program)
	has := x.program != "" && err == nil
	switch {
	case x.Host.program("apt-get") != "":
		if has && !x.known(ctx, "dpkg", "-S", real) {
			return nil
		}
		out, err := x.asked(ctx, "apt-cache", "policy", debian)
		if candidate := field(out, "Candidate"); err != nil || candidate == "" || candidate == "(none)" {
			return nil
		}
		return []string{command("apt-get", "install", "--reinstall", "-y", debian)}
	case x.Host.program("dnf") != "":
		if has && !x.known(ctx, "rpm", "-qf", real) || !x.known(ctx, "dnf", "-q", "-C", "repoquery", fedora) {
			return nil
		}
		return []string{command("dnf", "install", "-y", fedora)}
	}
	return nil
}

// asked runs a program of the package system that only tells something.
func (x *exam) asked(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	return x.Run(ctx, nil, name, args...)
}

// known reports whether the package system knows something that it is asked for.
func (x *exam) known(ctx context.Context, name string, args ...string) bool {
	out, err := x.asked(ctx, name, args...)
	return err == nil && strings.TrimSpace(out) != ""
}

// byHand is said where no command of ours installs something.
func byHand(mends []string) string {
	if len(mends) > 0 {
		return ""
	}
	return "; no package of this Asterisk's is known here that has it: it comes the way that this Asterisk came"
}
