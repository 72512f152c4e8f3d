-- Questions that say too little of what a caller sent.
local number, name = agi.env.callerid, agi.env.calleridname
if number:match("%d+") then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number:match("^.+$") then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number ~= "anonymous" then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if not number:match("^%d+$") then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number:match("^%d+$") or name == "x" then os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number:match("^%d+$") then print(number) else os.execute("logger " .. number) end --> hostile-text: agi.env.callerid
if number:match("^%d+$") then os.execute("logger " .. name) end --> hostile-text: agi.env.calleridname
if agi.var[number] then print("it is set") end --> hostile-text: names a variable
if not number:match("^%d+$") then print("no number") end
os.execute("logger " .. number) --> hostile-text: agi.env.callerid
os.execute("logger " .. name:gsub("[^%w;]", "")) --> hostile-text: agi.env.calleridname
os.execute("logger " .. name:gsub("[^']", "")) --> hostile-text: agi.env.calleridname
os.execute("logger " .. name:match(".*")) --> hostile-text: agi.env.calleridname
os.execute("logger " .. name:match("^(.*)$")) --> hostile-text: agi.env.calleridname
local digits, rest = name:match("^(%d+)(.*)$")
os.execute("logger " .. digits)
os.execute("logger " .. rest) --> hostile-text: agi.env.calleridname
if number:match("^%d+$") then number = agi.env.rdnis end
os.execute("logger " .. number) --> hostile-text: agi.env.rdnis
