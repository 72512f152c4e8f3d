local unused = 1 --> unused-local: nothing reads unused
local ok, why = pcall(print)
print(why)
local _ignored = 2
local function never() end --> unused-local: nothing reads never
local set --> unused-local: nothing reads set
set = 5 
for i = 1, 2 do print() end
local function first()
  error("no")
  print("never") --> unreachable: nothing comes here
end
local function second(x)
  if x then return 1 else error("no") end
  print("never") --> unreachable: nothing comes here
end
local function third()
  while true do agi.sleep(1) end
  print("never") --> unreachable: nothing comes here
end
local function fourth()
  while true do if agi.hungup() then break end end
  print("here")
  repeat local done = agi.hungup() until done
end
first() second() third() fourth()
print(io.read()) --> reads-dialog: standard input is the dialog with Asterisk
for line in io.lines() do print(line) end --> reads-dialog: io.open(name) reads a file
for line in io.lines("file") do print(line) end
os.exit()
print("never") --> unreachable: nothing comes here
