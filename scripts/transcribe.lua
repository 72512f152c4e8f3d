-- transcribe.lua: writes down what the caller says, turn by turn.
--
--   same => n,EAGI(goagi,transcribe.lua)
--   same => n,NoOp(${TRANSCRIPT})
--
-- Ends when the caller says goodbye, presses a key, is silent or hangs up. Sets
-- TRANSCRIPT, and writes a line with the time for each turn into a file.

local audio, asr = require "audio", require "asr"

local GREETING = "hello-world"
local ENDING = "goodbye"                          -- this word in a turn is its last
local LISTEN = {silence = 1, start_timeout = 8, keys = "0123456789*#"}
local GREET = {barge_in = "both", silence = 1, start_timeout = 8, keys = LISTEN.keys}
local ENGINE = {}                                 -- options besides those of [asr] in goagi.toml
local FOLDER = os.getenv("AST_SPOOL_DIR") or "."  -- a folder that Asterisk's user may write to

assert(audio.format, "no audio on this call: the dialplan must run it by EAGI")
local id = agi.env.uniqueid:gsub("[^%w.-]", "_")
local file = assert(io.open(FOLDER .. "/transcript-" .. id .. ".txt", "a"))
local turns = {}

local function note(utterance)
  local text, err = asr.transcribe(utterance, ENGINE)
  if not text then
    agi.log("error", err)
    return ""
  end
  turns[#turns + 1] = text ~= "" and text or "?"  -- ?: nothing was understood
  file:write(os.date("%Y-%m-%d %H:%M:%S ", utterance:time()), turns[#turns], "\n")
  file:flush()
  agi.var.TRANSCRIPT = table.concat(turns, "; "):sub(-1000):gsub("^[\128-\191]+", "")  -- no half characters
  return text:lower()
end

agi.answer()
agi.var.TRANSCRIPT = ""
local utterance, why = audio.prompt(GREETING, GREET)
while utterance do
  if note(utterance):find(ENDING, 1, true) or why == "hangup" then
    break
  end
  utterance, why = audio.listen(LISTEN)
end
