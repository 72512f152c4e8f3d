package pbx

import (
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

// Variables gives all variables that the plan's leg has at the moment. A value
// with a newline in it comes cut.
func (c *Call) Variables() (map[string]string, error) {
	lines, err := c.a.ami.ask("Status", "Channel", c.Channel, "AllVariables", "true")
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for _, line := range lines {
		if name, value, ok := strings.Cut(line[1], "="); line[0] == "Variable" && ok {
			all[name] = value
		}
	}
	return all, nil
}

// Set sets a variable or a function of the plan's leg.
func (c *Call) Set(name, value string) error {
	return c.a.ami.do("Setvar", "Channel", c.Channel, "Variable", name, "Value", value)
}
