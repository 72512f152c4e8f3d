-- The six commands of call.lua, in a script that does with Lua's libraries what scripts do.
local function play(file)
    local ok, key = pcall(agi.stream_file, file, "")
    if not ok then
        agi.verbose("cannot play " .. file)
    end
    return key
end

local greetings = { morning = { "good-morning" }, evening = { "good-evening" } }
local hour = tonumber(os.date("%H"))
local prompts = greetings[hour < 12 and "morning" or "evening"]
table.insert(prompts, "beep")

agi.answer()
agi.set_variable("X", string.format("%s at %s", agi.env.callerid or "nobody", os.date("%Y-%m-%d")))
local name = agi.get_variable("X") or ""
local language = string.match(name, "^(%a%a)[-_]") or agi.env.language
play(string.lower(table.concat(prompts, "&")))
local digits = agi.get_data("beep", 1000, 4)
local words = {}
for digit in string.gmatch(digits or "", "%d") do
    words[#words + 1] = digit
end
agi.verbose(("%s chose %s"):format(language, table.concat(words, " ")), 1)
