-- What a local holds follows its assignments.
local digits
for _ = 1, 3 do
  digits = agi.get_data("hello-world", 3000, 3)
  if digits == 1 then break end --> text-as-number: compare with "1"
end
local found = agi.wait_for_digit(1000)
if not found then return end
if found == 2 then agi.answer() end --> text-as-number: compare with "2"
local sql = require "sql"
local db = sql.open("calls.db")
if not db then db = sql.open("spare.db") end
db:quary("SELECT 1") --> unknown-member: a database has no quary, did you mean query?
local key
if found == "1" then key = agi.wait_for_digit(1000) end
if key == 3 then agi.answer() end --> text-as-number: compare with "3"
if digits > 5 then agi.answer() end
local pin = agi.get_data("hello-world", 3000, 4)
if pin > 5 then agi.answer() end --> text-as-number: neither less nor more than a number
if 5 <= pin then agi.answer() end --> text-as-number: tonumber(...) makes it one
if pin == -1 then agi.hangup() end --> text-as-number: it is nil where there is none, and what goes wrong is raised
if agi.var.COUNT == 0 then agi.hangup() end --> text-as-number: compare with "0", or with nil for none
print(pin:lenght(), ("x"):uper()) --> unknown-member: a text has no
repeat agi.sleep(1) until false
print("never") --> unreachable: nothing comes here
