-- Does what words_spec.lua asks of it: the first argument says what.
local does = {}

function does.arguments()
  for i, text in ipairs(arg) do agi.var["ARG" .. i] = text end
end

function does.environment()
  for _, name in ipairs{"callerid", "calleridname", "dnid", "extension", "language", "accountcode", "uniqueid"} do
    agi.var["ENV_" .. name] = agi.env[name]
  end
  agi.var.LEVEL = "more than " .. (agi.var.LEVEL or "nothing")
end

function does.sounds()
  agi.stream_file("hello-world")
  agi.say_digits("042")
  agi.say_number(21)
  agi.say_alpha("ab")
  agi.say_phonetic("c")
  agi.say_date(0)
  agi.app.Playback("beep&hello-world")
  agi.app.SayDigits("7")
end

function does.missing()
  local ok, e = pcall(agi.stream_file, "hello-world")
  agi.var.KIND = ok and "none" or e.kind
  agi.stream_file("auth-thankyou")
  agi.app.Playback("hello-world")
  agi.var.STATUS = agi.var.PLAYBACKSTATUS
  agi.app.Playback("beep&company/welcome") -- check: ok unknown-sound -- the spec makes it up
  agi.app.Background("company/welcome", "n") -- check: ok unknown-sound
  agi.app.Read("KEYS", "company/welcome", 1, "", 1, 1)
end

function does.leaving()
  agi.answer()
  if agi.var.WAY == "goto" then return agi.app.Goto("nowhere", "s", 1) end
  agi.set_context("nowhere")
  agi.set_extension("s")
  agi.set_priority(1)
end

function does.counting()
  agi.answer()
  agi.database_put("spec", "calls", (tonumber(agi.database_get("spec", "calls")) or 0) + 1)
  agi.var["GLOBAL(CALLS)"] = (tonumber(agi.var["GLOBAL(CALLS)"]) or 0) + 1
end

function does.database()
  agi.database_put("spec", "seen", agi.database_get("spec", "given") .. "!")
  agi.database_del("spec", "given")
end

function does.applications()
  agi.var.GAVE = agi.app.Dial("PJSIP/1", 20)
  agi.var.BECAME = agi.var.DIALSTATUS
  agi.app.NoOp("two", "words")
end

function does.ringing()
  agi.answer()
  local ok, e = pcall(agi.app.Dial, "PJSIP/1", 60)
  agi.var.KIND = ok and "none" or e.kind
end

function does.functions()
  agi.var.FOUND = agi.var["ODBC_USER(7)"]
  agi.var.WHOLE = agi.get_full_variable("${ODBC_USER(7)}")
  agi.var.NONE = agi.var["ODBC_USER(8)"] or "nobody"
  agi.var["ODBC_USER(9)"] = "Eve"
  agi.var["CALLERID(name)"] = "Mr. " .. agi.var["CALLERID(name)"]
end

function does.lines()
  print("for the console")
  agi.verbose("and this, too")
  agi.app.Log("NOTICE", "for the log")
end

function does.recording()
  agi.answer()
  local file = "words-recording"        -- among Asterisk's sounds
  agi.record_file(file, "wav", "#", 10000, 0, true)
  agi.var.FILE = file .. ".wav"
end

function does.dead()
  local ok, e = pcall(agi.stream_file, "hello-world")
  agi.var.KIND = ok and "none" or e.kind
end

function does.web()
  local found = assert(require "http".get("https://crm.example.com/customers/7"))
  agi.var.NAME = found:json().name
end

function does.files()
  local given = assert(io.open("/etc/goagi-words.conf")):read("*a")
  local kept = assert(io.open("/tmp/goagi-words.txt", "a"))
  kept:write(given, require "fs".read("list.csv"))
  kept:close()
  assert(not io.open("/etc/passwd"))
  local process = require "process"
  agi.var.SORTED = assert(process.run{"/usr/bin/sort", "-r", stdin = "a b"}).stdout
  agi.var.LOADED = io.popen("uptime --pretty"):read()
  agi.var.FAILED = os.execute("false")
  local mail = io.popen("sendmail ann", "w")
  mail:write("hello")
  mail:close()
end

function does.program() os.execute("rm -rf /tmp/goagi-words") end

function does.query() agi.var.NAME = agi.query.name end

function does.failure() error("on purpose") end

function does.report()
  agi.var.REPORT = "daily"
  agi.var.FASTAGI = "fast"
end

function does.late()
  agi.sleep(2)
  agi.answer()
  agi.var.KEY = agi.wait_for_digit(1500) or "none"
end

function does.keys()
  agi.answer()
  agi.on_hangup(function() agi.var.GONE = "yes" end)
  agi.var.DIGITS = agi.get_data("conf-getpin", 3000, 6) or "none"
  agi.stream_file("auth-thankyou")
  agi.sleep(30)
end

does[arg[1]]()
