-- A caller's text that the script has looked at, and not so that it proves anything.
local number, name = agi.env.callerid, agi.env.calleridname
local ok = {["100"] = true}
if number:match("%d+") then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number:match("^.+$") then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number:find(";", 1, true) then return end
if name:find("[;|]") then return end
os.execute("logger " .. name) --> hostile-text: agi.env.calleridname
if not number:match("^%d+$") then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number:match("^%d+$") then os.execute("logger " .. name) end --> hostile-text: agi.env.calleridname
if number:match("^%d+$") or ok[name] then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number ~= "100" then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number == name then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if ok[number] then agi.answer() end
os.execute("logger " .. number) --> hostile-text: agi.env.callerid
if agi.env[number] then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
os.execute("logger " .. (number:match("^%d+$") and name or number)) --> hostile-text: a shell runs what is in it
if ok[number] then
  number = agi.env.dnid
  os.execute("logger " .. number) --> hostile-text: agi.env.dnid
end
if agi.env.rdnis:match("^%d+$") then os.execute("logger " .. agi.env.dnid) end --> hostile-text: agi.env.dnid
if not ok[number] then agi.hangup("PJSIP/100-00000001") end
os.execute("logger " .. number) --> hostile-text: a shell runs what is in it
while not number:match("^%d+$") do
  if agi.hungup() then break end
  number = agi.receive_text(5000)
end
os.execute("logger " .. number) --> hostile-text: a shell runs what is in it
