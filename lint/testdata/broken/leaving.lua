-- What is assigned before a loop is left, or a goto, is what comes behind.
local cid, name = "none", "none"
for _, line in ipairs({"a", "b"}) do
  if line == "a" then cid = agi.env.calleridname break end
end
os.execute("logger " .. cid) --> hostile-text: agi.env.calleridname
local text
while true do
  text = agi.receive_text()
  if text then break end
end
os.execute("logger " .. text) --> hostile-text: agi.receive_text
if text == "x" then name = agi.env.rdnis goto done end
name = "desk"
::done::
os.execute("logger " .. name) --> hostile-text: agi.env.rdnis
local inner = "none"
for i = 1, 2 do
  for _, line in ipairs({"a", "b"}) do
    if line == "a" then inner = agi.env.dnid break end
  end
  print(i)
end
os.execute("logger " .. inner) --> hostile-text: agi.env.dnid
