package std

import "goagi/luabind"

// modules are all of them, sorted by name.
var modules = [...]*luabind.Module{
	&asrModule,
	&audioModule,
	&base64Module,
	&cacheModule,
	&configModule,
	&cryptoModule,
	&csvModule,
	&fsModule,
	&httpModule,
	&jsonModule,
	&processModule,
	&reModule,
	&redisModule,
	&sqlModule,
	&textModule,
	&timeModule,
	&uuidModule,
	&websocketModule,
}

// Find gives the module of a name, nil where there is none.
func Find(name string) *luabind.Module {
	for _, m := range modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// Names lists the names of all modules, sorted.
func Names() []string {
	names := make([]string, len(modules))
	for i, m := range modules {
		names[i] = m.Name
	}
	return names
}

// Modules lists all modules, sorted by name.
func Modules() []*luabind.Module { return modules[:] }
