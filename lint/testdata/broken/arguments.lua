agi.stream_file() --> too-few-arguments: agi.stream_file wants file
agi.answer(1) --> too-many-arguments: agi.answer takes 0
agi.get_data("conf-getpin", 5, 4) --> seconds-for-milliseconds: timeout_ms of agi.get_data is in milliseconds
agi.wait_for_digit(10) --> seconds-for-milliseconds: are seconds meant?
agi.wait_for_digit(-1)
agi.sleep(5000) --> milliseconds-for-seconds: are milliseconds meant?
agi.tdd_mode("maybe") --> unknown-value: mode of agi.tdd_mode is "on" or "off" or "mate" or "tdd", not "maybe"
agi.log("warning", "x") --> unknown-value: level of agi.log
agi.exec("Dial(PJSIP/1,20)") --> arguments-in-name: agi.exec("Dial", "PJSIP/1,20")
agi.stream_file("no-such-prompt") --> unknown-sound: there is no sound file of the name no-such-prompt
agi.stream_file(table.unpack({"hello-world"})) --> unknown-member: there is no table.unpack
local more = {select("#", "a")}
agi.set_variable("NAME", unpack(more))
agi.stream_file("hello-world", "#", unpack(more))
if agi.get_data("hello-world") == 1 then agi.answer() end --> text-as-number: compare with "1"
local key = agi.wait_for_digit(5000)
if key == 1 or 2 ~= key then agi.answer() end --> text-as-number: this is a text
if key == "1" then agi.answer() end
