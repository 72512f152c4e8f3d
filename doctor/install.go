package doctor

import (
	"context"
	"strings"
)

// install gives the command that installs a package of Asterisk's, by its name in
// Debian and in Fedora. There is none where the distribution has no such package,
// nor where the Asterisk that is there is another's, built here or from a package of
// another name as FreePBX's: a second one beside it would take its place.
func (x *exam) install(ctx context.Context, debian, fedora string) []string {
	owned := func(want, name string, args ...string) bool { // the Asterisk that is there
		real, err := x.real(x.program)
		if x.program == "" || err != nil {
			return true
		}
		out, err := x.asked(ctx, name, append(args, real)...)
		return err == nil && strings.HasPrefix(out, want)
	}
	switch {
	case x.Host.program("apt-get") != "":
		if !owned("asterisk:", "dpkg", "-S") {
			return nil
		}
		out, err := x.asked(ctx, "apt-cache", "policy", debian)
		if candidate := field(out, "Candidate"); err != nil || candidate == "" || candidate == "(none)" {
			return nil
		}
		return []string{command("apt-get", "install", "--reinstall", "-y", debian)}
	case x.Host.program("dnf") != "":
		if !owned("asterisk\n", "rpm", "-qf", "--qf", `%{NAME}\n`) {
			return nil
		}
		if out, err := x.asked(ctx, "dnf", "-q", "-C", "repoquery", fedora); err != nil || strings.TrimSpace(out) == "" {
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

// byHand is said where no command of ours installs something.
func byHand(mends []string) string {
	if len(mends) > 0 {
		return ""
	}
	return "; no package of this Asterisk's is known here that has it: it comes the way that this Asterisk came"
}
