package sim

import (
	"strconv"
	"strings"
)

// environment is the block before the dialog (res_agi.c: setup_env), with its
// empty line. Values are written as they are: a newline in one forges a line.
func (s *session) environment() string {
	c := s.c
	var lines [][2]string
	add := func(name, value string) { lines = append(lines, [2]string{name, value}) }
	args := c.Args
	request := c.Request
	if c.Network {
		add("agi_network", "yes")
		if c.NetworkScript != "" {
			add("agi_network_script", c.NetworkScript)
		}
		request = "agi://127.0.0.1/" + c.NetworkScript
	} else if c.Script != "" {
		args = append([]string{c.Script}, args...)
	}
	kind, _, _ := strings.Cut(c.Channel, "/")
	enhanced := "0.0"
	if c.Enhanced {
		enhanced = "1.0"
	}
	add("agi_request", request)
	add("agi_channel", c.Channel)
	add("agi_language", c.Language)
	add("agi_type", kind)
	add("agi_uniqueid", c.UniqueID)
	add("agi_version", c.Version)
	add("agi_callerid", c.CallerID)
	add("agi_calleridname", c.CallerName)
	add("agi_callingpres", "0")
	add("agi_callingani2", "0")
	add("agi_callington", "0")
	add("agi_callingtns", "0")
	add("agi_dnid", c.DNID)
	add("agi_rdnis", "unknown")
	add("agi_context", c.Context)
	add("agi_extension", c.Extension)
	add("agi_priority", c.Priority)
	add("agi_enhanced", enhanced)
	add("agi_accountcode", c.AccountCode)
	add("agi_threadid", "140737353971392")
	s.grease.header(add)
own:
	for _, own := range c.Env {
		for i := range lines {
			if lines[i][0] == own[0] {
				lines[i][1] = own[1]
				continue own
			}
		}
		add(own[0], own[1])
	}
	for i, arg := range args {
		add("agi_arg_"+strconv.Itoa(i+1), arg)
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l[0] + ": " + l[1] + "\n")
	}
	b.WriteByte('\n')
	return b.String()
}

// lineLimit is AGI_BUF_LEN-1 of a version of Asterisk: the bytes that one
// command line holds with its newline.
func lineLimit(version string) int {
	major, rest, _ := strings.Cut(version, ".")
	minor := atoi(rest)
	switch n := atoi(major); {
	case n >= 23, n == 22 && minor >= 6, n == 21 && minor >= 11, n == 20 && minor >= 16:
		return 8191
	}
	return 2047
}
