-- What a caller sent, behind what the script asks of it.
local db = require "sql".open("calls.db")
local number, name = agi.env.callerid, agi.env.calleridname
if number:match("^%d+$") then os.execute("logger " .. number) end
if string.find(number, "^%+?%d+$") and #number < 20 then os.execute("logger " .. number) end
if not name:find("[^%w ]") then os.execute("logger " .. name) end
if number == "100" or number == "101" then os.execute("logger " .. number) end
if tonumber(number) then os.execute("logger " .. number) end
local _logged = number:match("^%d+$") and os.execute("logger " .. number)
local allowed = {["100"] = "sales", ["101"] = "desk"}
if allowed[agi.env.extension] then print(agi.var[agi.env.extension]) end
if agi.env.dnid:match("^1%d%d$") then agi.app.Dial("PJSIP/" .. agi.env.dnid) end
local menus = {main = {["1"] = true}}
local key = agi.receive_text()
if menus.main[key] ~= nil then agi.app.Goto(key) end
local function extension(asked)
  if not asked:match("^1%d%d$") then return end
  os.execute("logger " .. asked)
end
extension(number)
local text = agi.receive_text()
while not text:match("^%w+$") do text = agi.receive_text() end
os.execute("logger " .. text)
local again
repeat again = agi.receive_text() until again:match("^%w+$")
os.execute("logger " .. again)
local checked = assert(agi.env.rdnis):match("^%d+$")
os.execute("logger " .. checked)
os.execute("logger " .. name:gsub("%W", "") .. name:gsub("[^%w _-]+", "") .. name:match("%w+") .. name:match("^(%d+);"))
if not number:match("^%d+$") then
  agi.hangup()
  return
end
db:query("SELECT '" .. number .. "'")
assert(name:match("^[%w ]+$"), "no name")
db:query("SELECT '" .. name .. "'")
local asked
while true do
  asked = agi.receive_text()
  if asked:match("^%d+$") then break end
end
os.execute("logger " .. asked)
local left = "none"
for i = 1, 3 do
  if i == 2 then left = agi.env.rdnis error("no") end
  if i == 3 then left = "three" break end
end
os.execute("logger " .. left)
