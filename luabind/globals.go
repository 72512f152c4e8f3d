package luabind

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// Globals gives the names that every script finds, and what is in those of them that
// are tables; agi is described by AGI. It makes a VM to look at.
func Globals() map[string][]string {
	vm := New(Host{})
	defer vm.Close()
	vm.open(libAll)
	all := make(map[string][]string)
	vm.L.Get(lua.GlobalsIndex).(*lua.LTable).ForEach(func(name, value lua.LValue) {
		var members []string
		if table, ok := value.(*lua.LTable); ok && name.String() != "_G" && name.String() != "arg" && name.String() != "agi" {
			table.ForEach(func(member, _ lua.LValue) { members = append(members, member.String()) })
			slices.Sort(members)
		}
		all[name.String()] = members
	})
	return all
}
