-- The ways of a caller's text, and where they end.
local db = require "sql".open("calls.db")
local name = agi.env.calleridname
db:query(("SELECT '%s'"):format(name)) --> hostile-text: agi.env.calleridname
db:query("SELECT '" .. name:gsub("'", "''") .. "'") --> hostile-text: hands it over apart
db:query("SELECT '" .. agi.query.name .. "'") --> hostile-text: agi.query.name
db:query("SELECT '" .. agi.var["CALLERID(name)"] .. "'") --> hostile-text: CALLERID(name)
local header = agi.get_variable("PJSIP_HEADER(read,X-Name)")
db:query("SELECT '" .. header:lower() .. "'") --> hostile-text: PJSIP_HEADER(read,X-Name)
local asr, audio = require "asr", require "audio"
local text = asr.transcribe(audio.listen())
db:query("SELECT '" .. (text or "") .. "'") --> hostile-text: asr.transcribe
local digits = agi.get_data("hello-world", 3000, 3)
db:query("SELECT * FROM pins WHERE pin = " .. digits) --> hostile-text: keys that a caller pressed
os.execute("logger " .. digits) --> hostile-text: * and # mean something to a shell
agi.get_variable(name) --> hostile-text: SHELL(...) is such a name, too
agi.get_variable("ODBC_NAME(" .. name .. ")") --> hostile-text: begin the name yourself
print(agi.var[name]) --> hostile-text: agi.var[...] names a variable by what a caller sent
agi.var[name] = "1" --> hostile-text: agi.var[...] names
agi.exec(name) --> hostile-text: System is an application, too
agi.exec("System", "logger " .. name) --> hostile-text: has no shell
agi.app.System("logger", name .. "x")
agi.app.TrySystem("logger " .. name) --> hostile-text: has no shell
agi.app.Dial("PJSIP/" .. name) --> hostile-text: agi.app.Dial(first, second) escapes each
local http = require "http"
http.request("GET", "https://crm.example.com/" .. name) --> hostile-text: query = {name = value}
