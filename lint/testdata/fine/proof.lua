-- A caller's text that the script has looked at, as the pages advise.
local number, name = agi.env.callerid, agi.env.calleridname
local db = require "sql".open("calls.db")
local ok = {["100"] = true}
if number:match("^%d+$") then os.execute("logger " .. number) end
if name:find("[^%w ]") then os.execute("logger strange") else os.execute("logger " .. name) end
if string.match(number, "^%+?%d+$") ~= nil and number ~= "0" then db:query("SELECT '" .. number .. "'") end
if tonumber(number) then db:query("SELECT " .. number) end
if ok[number] then agi.app.Dial("PJSIP/" .. number) end
if ok[number] == true then agi.app.Dial("PJSIP/" .. number) end
if ({sales = 1})[name] then agi.exec(name) end
if number == "100" or number == "200" then os.execute("logger " .. number) end
if "100" == number then os.execute("logger " .. number) end
os.execute("logger " .. (ok[number] and number or "nobody"))
os.execute("logger " .. (number:match("^%d+$") and number or "nobody"))
local valid = function(text) return #text == 3 end
if valid(number) and not (name ~= "sales") then os.execute("logger " .. number .. name) end
if agi.env.dnid:match("^%d+$") then agi.app.Dial("PJSIP/" .. agi.env.dnid) end
local digits = agi.get_data("hello-world", 3000, 3)
if digits and digits:match("^%d+$") then os.execute("logger " .. digits) end
local query = agi.query
if ok[query.name] then os.execute("logger " .. query.name) end
local plain = "^%w+$"
if name:match(plain) then os.execute("logger " .. name) end

local function early(which)
  if not number:match("^%d+$") then return end
  db:query("SELECT '" .. number .. "'", which)
end
early(1)
local function raised()
  if not ok[number] or name:find("%W") then
    error("not allowed")
  end
  os.execute("logger " .. number .. name)
end
raised()
local function hangs_up()
  if not ok[number] then
    agi.log("warn", "not allowed")
    agi.hangup()
  end
  os.execute("logger " .. number)
end
hangs_up()
local function asserts()
  assert(number:match("^%d+$"), "no number")
  os.execute("logger " .. number)
end
asserts()
local function again()
  local text
  repeat text = agi.receive_text(5000) until text and text:match("^%w+$")
  os.execute("logger " .. text)
  text = agi.receive_text(5000)
  while not text:match("^%w+$") do text = agi.receive_text(5000) end
  os.execute("logger " .. text)
end
again()
for _, one in ipairs({"100", "200"}) do
  if one == number then os.execute("logger " .. number) end
end
if ok[number] then
  agi.on_hangup(function() os.execute("logger " .. number) end)
end
if not ok[number] then
  number = "100"
elseif name == "sales" then
  os.execute("logger " .. number .. name)
end
os.execute("logger " .. number)
