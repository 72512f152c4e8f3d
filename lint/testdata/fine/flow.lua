-- What is right, and looks like a mistake to who does not follow it.
local key = agi.wait_for_digit(1000)
while key do
  if key == 1 then agi.answer() end -- a number when the loop comes round
  key = tonumber(agi.wait_for_digit(1000))
end
local n = agi.wait_for_digit(1000)
if n then n = tonumber(n) else n = 0 end
if n == 1 then agi.answer() end
local x = agi.wait_for_digit(1000)
local function later() return x == 1 end
x = tonumber(x)
later()
local y = agi.wait_for_digit(1000)
local function sets() y = 5 end
sets()
y = agi.wait_for_digit(1000)
sets()
if y == 5 then agi.answer() end
local z = agi.wait_for_digit(1000)
::again::
if z == 1 then agi.answer() end
z = tonumber(agi.wait_for_digit(1000))
if not z then goto again end
local found
repeat
  found = agi.wait_for_digit(1000)
  if found then found = tonumber(found) break end
until agi.hungup()
if found == 1 then agi.answer() end
local list = {agi.get_data("hello-world", 3000, 1)}
print(list[1] == 1, tonumber(key) == 1, tonumber(key or 0) > 3, os.date("%H") < "18")
local function error(text) agi.log("error", text) end
error("no")
agi.answer()
for _, v in ipairs({1, 2}) do
  if v == 1 then goto continue end
  print(v)
  ::continue::
end
