local caller = agi.env.calleridname
local db = assert(require "sql".open("calls.db"))
db:exec("INSERT INTO calls VALUES ('" .. caller .. "')") --> hostile-text: db:exec("... where number = ?", value)
db:exec("INSERT INTO calls VALUES (?)", caller)
os.execute("logger " .. caller) --> hostile-text: a shell runs what is in it
io.popen(string.format("host %s", agi.env.callerid)) --> hostile-text: agi.env.callerid
agi.get_full_variable("${DB(names/" .. caller .. ")}") --> hostile-text: Asterisk evaluates it
agi.exec("Playback", "custom/" .. caller) --> hostile-text: agi.app.Playback(first, second)
local http = require "http"
http.get("https://crm.example.com/" .. agi.env.callerid) --> hostile-text: query = {name = value}
http.get("https://crm.example.com/", {query = {number = caller}})
caller = caller or "none"
os.execute("logger " .. caller) -- check: ok
os.execute("logger " .. caller) -- check: ok hostile-text
os.execute("logger " .. caller) -- check: ok global --> hostile-text: os.execute holds what a caller sent
