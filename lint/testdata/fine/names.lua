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
agi.app.playback("hello-world") -- Asterisk does not look at the case
agi.app.NBScat()
agi.app.Macro("menu") -- up to Asterisk 20
agi.app.If("1")
agi.app.MyDial("100") -- a site's own
agi.exec("Dial2", "100")
agi.exec("", "100")
agi.app.Unimrcp("hello")
agi.app.MRCPSynth("hello")
agi.app.Swift("hello")
agi.app.Mail("hello")
agi.app.Perl("hello")
agi.app.STT("hello")
agi.app.Test("hello")
