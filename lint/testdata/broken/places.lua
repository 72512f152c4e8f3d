-- A finding stands where the mistake is.
local http = require "http"
local found = http.get("https://example.com/", {
  timeout = 5,
  tiemout = 5, --> unknown-option: did you mean timeout?
})
print(found,
  agi.env.calerid) --> unknown-member: did you mean callerid?
agi.app.Playback("hello-world&no-such-prompt") --> unknown-sound: no-such-prompt
agi.exec("Background", "no-such-prompt,n") --> unknown-sound: no-such-prompt
agi.command("EXEC", "Dial(PJSIP/1)") --> arguments-in-name: agi.exec("Dial", "PJSIP/1")
io.stdin:read("*l") --> reads-dialog: io.stdin:read finds it at its end
print(agi.env.arg_1) --> unknown-member: the script's arguments are in arg[1]
agi.stream_file("no-such-prompt") -- check: ok unknown-sound -- it is made later
agi.stream_file("no-such-prompt") -- check: ok -- it is made later
agi.stream_file("no-such-prompt") -- check: ok unknown-sond --> unknown-sound: the comment silences unknown-sond, and not this
agi.stream_file("no-such-prompt") -- chek: OK --> unknown-sound: what silences it is
