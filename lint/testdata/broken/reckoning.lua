local digits = agi.get_data("conf-getpin")
print("you typed " + digits) --> text-as-number: .. joins texts
print("a" + "b") --> text-as-number: .. joins texts
print("text " + agi.env.callerid) --> text-as-number: .. joins texts
local text = "you have " .. digits
print(text + " messages") --> text-as-number: .. joins texts
print(digits + 1, "10" + 1, " 0x10 " * 2, "1e3" / 1, "-" .. digits + 1)
