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
agi.app.System("logger", name .. "x") --> hostile-text: has no shell
agi.exec("TrySystem", "logger", name) --> hostile-text: has no shell
agi.app.TrySystem("logger " .. name) --> hostile-text: has no shell
agi.app.Dial("PJSIP/" .. name) --> hostile-text: calls a second phone
agi.app.Dial("PJSIP/" .. name, 20) --> hostile-text: if value:match("^%d+$") then
agi.app.Queue(name) --> hostile-text: agi.app.Queue(first, second) escapes each
agi.app.Queue(name, "t")
local http = require "http"
http.request("GET", "https://crm.example.com/" .. name) --> hostile-text: query = {name = value}
agi.set_variable(name, "1") --> hostile-text: SHELL(...) is such a name
agi.app[name]("x") --> hostile-text: System is one, too
agi.app[digits]("x")
agi.command("EXEC", "System", "logger " .. name) --> hostile-text: has no shell
agi.command("exec System", "logger " .. name) --> hostile-text: has no shell
agi.command("EXEC System logger" .. name) --> hostile-text: agi.command(name, value)
agi.command("GET FULL VARIABLE", "${DB(" .. name .. ")}") --> hostile-text: Asterisk evaluates it
agi.command("GET VARIABLE", name) --> hostile-text: names a variable
agi.command("SET VARIABLE", name, "x") --> hostile-text: names a variable
agi.command("SET VARIABLE", "NAME", name)
agi.command("VERBOSE", name, 1)
local process = require "process"
process.run{"/bin/sh", "-c", "logger " .. name} --> hostile-text: has no shell
process.run{"bash", "-c", 'logger "$1"', "sh", name}
process.run{"/usr/bin/logger", "-t", name}
local words = {"logger", name}
os.execute(table.concat(words, " ")) --> hostile-text: has no shell
loadstring("return " .. name)() --> hostile-text: Lua runs what is in it
dofile("/srv/menus/" .. name) --> hostile-text: names a file that is run
require(name) --> hostile-text: names a file that is run
os.execute("logger " .. agi.get_full_variable("to ${CALLERID(name)}")) --> hostile-text: CALLERID(name)
os.execute("logger " .. agi.var["CDR(clid)"]) --> hostile-text: CDR(clid)
os.execute("logger " .. agi.var["CDR(duration)"])
os.execute("logger " .. agi.get_variable("MESSAGE(body)")) --> hostile-text: MESSAGE(body)
os.execute("logger " .. agi.var.EXTEN) --> hostile-text: EXTEN
