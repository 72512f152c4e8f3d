-- Names that only some Luas have, as libraries ask for them.
local unpack = table.unpack or unpack
local _parts = _G.unpack or table.unpack
local pack = table.pack or function(...) return {n = select("#", ...), ...} end
local kind = math.type and math.type(1) or type(1)
if jit then print(jit.version) end
if utf8 and utf8.len then print(utf8.len("x")) end
if type(utf8) == "table" then print(utf8.char(1)) end
if not warn then print(unpack(pack(1)), kind) end
if utf8 ~= nil then print(utf8.charpattern) end
local function length(text)
  if not utf8 then return #text end
  return utf8.len(text)
end
local s = string
s.trim = function(text) return text:match("^%s*(.-)%s*$") end
print(string.trim(" x "), length("x"))
for name, fn in pairs({sum = print}) do math[name] = fn end
print(math.sum(1))
rawset(os, "sleep", print)
os.sleep(1)
local http = require "http"
http.fetch = http.get
print(require "http".fetch)
