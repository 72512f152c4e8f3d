#!/usr/bin/lua5.1
-- The benchmark's dialog in bare Lua 5.1, with no library at all.
local env = {}
for line in io.lines() do
  if line == "" then break end
  local name, value = line:match("^agi_([%w_]+): (.*)$")
  if name then env[name] = value end
end

local function command(line)
  io.write(line, "\n")
  io.flush()
  local reply = io.read()
  if not reply then os.exit(1) end
  return reply:match("^200 result=(%S*)")
end

command('ANSWER')
command('SET VARIABLE "X" "1"')
command('GET VARIABLE "X"')
command('STREAM FILE "beep" ""')
command('GET DATA "beep" "1000" "4"')
command('VERBOSE "done" "1"')
