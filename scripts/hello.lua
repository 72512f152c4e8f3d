-- hello.lua: greets the caller, asks for a key and says it back.
--
--   exten => 100,1,AGI(goagi,hello.lua)
--   goagi try scripts/hello.lua

agi.answer()
agi.stream_file("hello-world")

local key = agi.get_option("vm-enter-num-to-call", "0123456789", 5000)
if key then
  agi.say_digits(key)
else
  agi.stream_file("vm-goodbye") -- no key within five seconds
end
