package pbx

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// own begins what Asterisk itself keeps in its database.
const own = "/pbx/"

// Database gives what is in Asterisk's database, by "family/key".
func (a *Asterisk) Database() (map[string]string, error) {
	lines, err := a.ami.ask("Command", "Command", "database show")
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for _, line := range lines {
		// "/family/key    : value", and how many there are at the end
		name, value, ok := strings.Cut(line[1], ": ")
		if name = strings.TrimSpace(name); line[0] == "Output" && ok && strings.HasPrefix(name, "/") && !strings.HasPrefix(name, own) {
			all[name[1:]] = strings.TrimRight(value, " ")
		}
	}
	return all, nil
}

// PutDatabase puts a value into Asterisk's database; name is "family/key".
func (a *Asterisk) PutDatabase(name, value string) error {
	family, key, ok := strings.Cut(name, "/")
	if !ok {
		return fmt.Errorf("%q is not family/key", name)
	}
	return a.ami.do("DBPut", "Family", family, "Key", key, "Val", value)
}

// ClearDatabase takes all out of Asterisk's database but what is Asterisk's own.
func (a *Asterisk) ClearDatabase() error {
	all, err := a.Database()
	if err != nil {
		return err
	}
	families := make(map[string]bool)
	for name := range all {
		family, _, _ := strings.Cut(name, "/")
		families[family] = true
	}
	for family := range families {
		if err := a.ami.do("DBDelTree", "Family", family); err != nil {
			return err
		}
	}
	return nil
}

// Globals gives the global variables of the dialplan, cut at newlines.
func (a *Asterisk) Globals() (map[string]string, error) {
	lines, err := a.ami.ask("Command", "Command", "dialplan show globals")
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for _, line := range lines {
		// "   NAME=value", and how many there are at the end
		if name, value, ok := strings.Cut(line[1], "="); line[0] == "Output" && ok {
			all[strings.TrimSpace(name)] = value
		}
	}
	return all, nil
}

// ClearGlobals takes all global variables away. The dialplans of calls that still
// go on end with them.
func (a *Asterisk) ClearGlobals() error {
	all, err := a.Globals()
	if err != nil || len(all) == 0 {
		return err
	}
	_, err = a.ami.ask("Command", "Command", "dialplan reload")
	return err
}

// Variables gives all variables that the plan's leg has at the moment.
func (c *Call) Variables() (map[string]string, error) {
	lines, err := c.a.ami.ask("Status", "Channel", c.Channel, "AllVariables", "true")
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for i, line := range lines {
		name, value, ok := strings.Cut(line[1], "=")
		if line[0] != "Variable" || !ok {
			continue
		}
		// They come last in their message: what follows else is a value's next line.
		next := [2]string{}
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		last := next[0] == "" && (i+2 >= len(lines) || lines[i+2][0] == "Event")
		if next[0] != "Variable" && !last {
			if value, err = c.whole(name); err != nil {
				return nil, err
			}
		}
		all[name] = value
	}
	return all, nil
}

// whole gives a value that has newlines, which messages of the manager cannot
// carry.
func (c *Call) whole(name string) (string, error) {
	const room = 600 // of which base64 makes less than a buffer of Asterisk's holds
	var text []byte
	for {
		part, err := c.Get(fmt.Sprintf("EVAL(${BASE64_ENCODE(${%s:%d:%d})})", name, len(text), room))
		if err != nil {
			return "", err
		}
		bytes, err := base64.StdEncoding.DecodeString(part)
		if err != nil {
			return "", fmt.Errorf("the variable %s: %w", name, err)
		}
		if text = append(text, bytes...); len(bytes) < room {
			return string(text), nil
		}
	}
}

// Get reads a variable or a function of the plan's leg; one that is not there is
// empty.
func (c *Call) Get(name string) (string, error) {
	got, err := c.a.ami.ask("Getvar", "Channel", c.Channel, "Variable", name)
	if err != nil {
		return "", err
	}
	return header(got, "Value"), nil
}

// Set sets a variable or a function of the plan's leg.
func (c *Call) Set(name, value string) error {
	return c.a.ami.do("Setvar", "Channel", c.Channel, "Variable", name, "Value", value)
}
