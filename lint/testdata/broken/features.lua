-- What is asked for elsewhere may still be missing here.
local callerid = agi.env.callerid
if utf8 then print("new") end
print(utf8.len("x")) --> unknown-global: there is no utf8 here
if jit then print("fast") else print(jit.version) end --> unknown-global: there is no jit here
if not calerid then print(callerid) end --> unknown-global: did you mean callerid?
if jit.version then print("fast") end --> unknown-global: there is no jit here
if table.unpack("x") then print("x") end --> unknown-member: there is no table.unpack
if agi.strem_file then print("x") end --> unknown-member: did you mean stream_file?
local unpack = agi.env.dnid or table.unpack --> unknown-member: there is no table.unpack
print(unpack)
