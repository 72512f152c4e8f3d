-- Names that the script, or a file that it requires, sets.
require "helpers"
shared_helper()
string.trim = function(text) return (text:gsub("^%s+", "")) end
print(string.trim(" x"), ("x"):trim(), string.shout("x"), ("x"):shout())
_G.helper = function() return 1 end
function _G.other() return helper() end
other()
agi.say_twice = function(digits) agi.say_digits(digits) agi.say_digits(digits) end
agi.say_twice("12")
agi.record_file("custom/no-such-prompt", "wav", "#", 10000)
agi.stream_file("custom/no-such-prompt")
agi.record_file("no-such-greeting", "wav", "#", 10000)
agi.stream_file("no-such-greeting")
agi.app.Playback("${PROMPT}")
local audio = require "audio"
for frame in audio.frames(20) do print(frame) end
local handlers = {}
function handlers.menu() return handlers.menu end
handlers.menu()
local meta = setmetatable({}, {__index = function(_, name) return name end})
print(meta.anything)
agi.app.Playback("hello-world&no-such-scheme://sounds.example.com/hello.wav") -- Asterisk fetches it
agi.stream_file("no-such-scheme://sounds.example.com/hello.wav")
