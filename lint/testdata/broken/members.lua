print(agi.env.agi_callerid) --> unknown-member: names stand without agi_, agi.env.callerid
print(agi.env.calerid) --> unknown-member: agi.env has no calerid, did you mean callerid?
agi:answer() --> colon-for-dot: agi.answer(...)
local http = require "http"
local found = http.get("https://example.com/", {tiemout = 5}) --> unknown-option: http.get has no option tiemout, did you mean timeout?
print(found.stauts) --> unknown-member: a response has no stauts, did you mean status?
print(found.json()) --> dot-for-colon: object:json(...)
local db = assert(require "sql".open("calls.db"))
db:exce("DELETE FROM calls") --> unknown-member: a database has no exce, did you mean exec?
db:transaction(function(inner) inner:quary("SELECT 1") end) --> unknown-member: a database has no quary, did you mean query?
local process = require "process"
local ran = process.run{"/bin/true", timout = 3} --> unknown-option: process.run has no option timout
print(ran and ran.ok)
local say = agi.say_digits
say() --> too-few-arguments: agi.say_digits wants digits
require "no_such_module" --> unknown-module: there is no module no_such_module
require "htpp" --> unknown-module: did you mean http?
local answer = agi.get_data("conf-getpin")
print(answer.result) --> unknown-member: there is no array here
print(answer["result"]) --> unknown-member: it is the text itself
print(agi.stream_file("hello-world").result) --> unknown-member: a text has no result
print(agi.get_variable("NAME").data) --> unknown-member: a text has no data
print(("x").length) --> unknown-member: a text has no length
