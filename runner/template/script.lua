-- NAME.lua: a menu. 1 rings a telephone, 2 takes a message.
--
--   exten => 100,1,AGI(goagi,NAME.lua,PJSIP/100)     ; the telephone that 1 rings
--
-- The prompts come with Asterisk. Record your own, and write their names here.

local MENU = "basic-pbx-ivr-main"
local TRIES = 3
local WAIT_MS = 5000                                -- for a key, from the menu's end
local FOLDER = os.getenv("AST_SPOOL_DIR") or "/tmp" -- Asterisk's user may write to it

local function take_message()
  local file = FOLDER .. "/NAME-" .. agi.env.uniqueid
  agi.stream_file("vm-intro")
  -- It ends at #, after two minutes, after five seconds of silence, or with the call.
  local reason = agi.record_file(file, "wav", "#", 120000, 0, true, 5)
  agi.log("info", "NAME.lua: message of " .. agi.env.callerid .. " in " .. file .. ".wav, ended by " .. reason)
  agi.stream_file("auth-thankyou")
end

local function ring()
  agi.stream_file("pls-hold-while-try")
  agi.app.Dial(arg[1] or "PJSIP/100", 20)           -- for 20 seconds
  if agi.var.DIALSTATUS ~= "ANSWER" then
    agi.stream_file("vm-nobodyavail")
    take_message()
  end
end

local choices = {["1"] = ring, ["2"] = take_message}
local chosen = "nothing"

agi.on_hangup(function()
  -- The caller has gone; variables, the database, files and web services still work.
  agi.log("info", "NAME.lua: " .. agi.env.callerid .. " hung up, having chosen " .. chosen)
end)

agi.answer()
for _ = 1, TRIES do
  local key = agi.get_data(MENU, WAIT_MS, 1)        -- nil: no key; "": # alone
  if key and choices[key] then
    chosen = key
    choices[key]()
    return                                          -- the dialplan goes on
  end
  if key then
    agi.stream_file("pm-invalid-option")
  end
end
agi.stream_file("vm-goodbye")
