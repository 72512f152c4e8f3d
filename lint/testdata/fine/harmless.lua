-- A caller's text where it is a text, or what the script lets through.
local name = agi.env.calleridname
local db = require "sql".open("calls.db")
db:exec("INSERT INTO calls (name) VALUES (?)", name)
db:exec(string.format("DELETE FROM calls WHERE number = %d AND 1 %% 1 = 0", agi.env.callerid))
agi.exec("Set", "NAME=" .. name)
agi.app.NoOp("called by " .. name)
agi.app.Queue(name, nil)
agi.exec("Dial", "PJSIP/" .. (agi.get_data("hello-world", 3000, 3) or "100"))
print(agi.get_variable("DB(names/" .. name .. ")"), agi.var["DB(names/" .. name .. ")"])
agi.var.NAME = name
local plain = name:gsub("[^%w ]", "")
db:query("SELECT * FROM calls WHERE name = '" .. plain .. "'")
os.execute("logger " .. tonumber(agi.env.callerid))
name = "nobody"
os.execute("logger " .. name)
