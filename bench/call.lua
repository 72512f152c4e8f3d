-- The benchmark's dialog in goagi's Lua.
agi.answer()
agi.set_variable("X", "1")
agi.get_variable("X")
agi.stream_file("beep", "")
agi.get_data("beep", 1000, 4)
agi.verbose("done", 1)
