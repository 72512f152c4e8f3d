-- Every word of call specs, so that both far ends of a call have each: the
-- simulator and a real Asterisk.
describe("a call", function()
  it("gets arguments as they are", function()
    local call = place("words.lua", {args = {"arguments", "", "a,b", [["q" \ $x (y)]]}})
    call:ends("ok")
    assert.equal("a,b", call.var.ARG3)
    assert.equal([["q" \ $x (y)]], call.var.ARG4)
    assert.equal("SUCCESS", call.var.AGISTATUS)
    assert.equal("OK", call.var.GOAGI_STATUS)
  end)

  it("is what place says", function()
    local call = place("words.lua", {args = {"environment"}, callerid = "5551234", calleridname = "Ann", dnid = "4711",
      extension = "200", language = "en_AU", accountcode = "acme", uniqueid = "words-1", var = {LEVEL = "gold"}})
    call:ends("ok")
    local seen = {}
    for _, name in ipairs{"callerid", "calleridname", "dnid", "extension", "language", "accountcode", "uniqueid"} do
      seen[#seen + 1] = call.var["ENV_" .. name]
    end
    assert.equal("5551234 Ann 4711 200 en_AU acme words-1", table.concat(seen, " "))
    assert.equal("more than gold", call.var.LEVEL)
  end)

  it("is heard", function()
    local call = place("words.lua", {args = {"sounds"}, answered = true})
    call:hears("hello-world")
    call:hears{digits = "042"}
    call:hears{number = 21}
    call:hears{letters = "ab"}
    call:hears{phonetic = "c"}
    call:hears{date = 0}
    call:hears("beep")
    call:hears("hello-world")
    call:hears{digits = "7"}
    call:ends("ok")
  end)

  it("lacks a prompt", function()
    local call = place("words.lua", {args = {"missing"}, answered = true, missing = {"hello-world"},
      prompts = {["auth-thankyou"] = 3, ["company/welcome"] = 1}})
    call:hears("auth-thankyou")
    call:waits(2)
    assert.is_nil(call.var.GOAGI_STATUS)
    call:hears("beep")
    call:hears("company/welcome")
    call:hears("company/welcome")
    call:hears("company/welcome")
    call:press("5")
    call:ran("Playback", "beep&company/welcome")
    call:ran("Read", "KEYS,company/welcome,1,,1,1")
    call:ends("ok")
    assert.equal("FAILED", call.var.STATUS)
    assert.equal("5", call.var.KEYS)
    assert.equal("failed", call.var.KIND)
  end)

  it("is hung up while a fake rings", function()
    for _, transport in ipairs{"process", "fastagi"} do
      fake.app("Dial", function(_, call) call:waits(40) end)
      local call = place("words.lua", {args = {"ringing"}, transport = transport})
      call:waits(1)
      call:hangs_up()
      call:ends("hangup")
      assert.equal("hangup", call.var.KIND)
    end
  end)

  it("leaves for where there is nothing", function()
    for _, way in ipairs{"goto", "set"} do
      local call = place("words.lua", {args = {"leaving"}, var = {WAY = way}})
      call:ends("ok")
      assert.equal("OK", call.var.GOAGI_STATUS)
      assert.is_nil(call.var.NONE)
    end
  end)

  it("shares what Asterisk keeps with the next call", function()
    local ids = {}
    for n = 1, 2 do
      local call = place("words.lua", {args = {"counting"}})
      call:ends("ok")
      assert.equal(tostring(n), call.db["spec/calls"])
      assert.equal(tostring(n), call.var.CALLS)
      ids[n] = call.var.UNIQUEID
    end
    assert.not_equal(ids[1], ids[2])
  end)

  it("has a database", function()
    local call = place("words.lua", {args = {"database"}, db = {["spec/given"] = "a value"}})
    call:ends("ok")
    assert.same({["spec/seen"] = "a value!"}, call.db)
  end)

  it("runs applications", function()
    fake.app("Dial", function(arguments, call)
      assert.equal("PJSIP/1,20", arguments)
      call:waits(0.5)
      call:set("DIALSTATUS", "BUSY")
      return 0
    end)
    local call = place("words.lua", {args = {"applications"}, answered = true})
    call:ran("dial", "PJSIP/1,20")
    call:ran("NoOp", "two,words")
    call:ends("ok")
    assert.equal("BUSY", call.var.BECAME)
  end)

  it("uses dialplan functions", function()
    fake.func("ODBC_USER", function(arguments, value, call)
      if value then call:set("SAVED", arguments .. "=" .. value) end
      return ({["7"] = "Ann"})[arguments]
    end)
    local call = place("words.lua", {args = {"functions"}, var = {["CALLERID(name)"] = "Smith"}})
    call:ends("ok")
    assert.equal("Ann", call.var.FOUND)
    assert.equal("Ann", call.var.WHOLE)
    assert.equal("nobody", call.var.NONE)
    assert.equal("9=Eve", call.var.SAVED)
    assert.equal("Mr. Smith", call.var["CALLERID(name)"])
    assert.equal("Ann", call.var["ODBC_USER(7)"])
    assert.is_nil(call.var["ODBC_USER(8)"])
  end)

  it("writes lines", function()
    local call = place("words.lua", {args = {"lines"}})
    call:prints("for the console")
    call:prints("and this, too")
    call:logs("for the log")
    call:ends("ok")
  end)

  it("is recorded", function()
    local call = place("words.lua", {args = {"recording"}})
    call:hears("beep")
    call:speaks(1)
    call:waits(2)
    call:press("#")
    call:ends("ok")
    call:records(call.var.FILE)
  end)

  it("has no channel after the hangup", function()
    local call = place("words.lua", {args = {"dead"}, dead = true})
    call:ends("ok")
    assert.equal("dead", call.var.KIND)
  end)

  it("comes over FastAGI", function()
    local call = place("words.lua", {args = {"query"}, transport = "fastagi", query = {name = "Ann"}})
    call:ends("ok")
    assert.equal("Ann", call.var.NAME)
  end)

  for _, transport in ipairs{"process", "fastagi", "eagi"} do
    it("takes keys and hangs up over " .. transport, function()
      local call = place("words.lua", {args = {"keys"}, transport = transport})
      call:hears("conf-getpin")
      call:press("0042#")
      call:hears("auth-thankyou")
      assert.equal("0042", call.var.DIGITS)
      call:waits(2)
      call:hangs_up()
      call:ends("hangup")
      assert.equal("yes", call.var.GONE)
      assert.equal("HANGUP", call.var.GOAGI_STATUS)
    end)
  end

  it("may use any name for a variable", function()
    local call = place("words.lua", {args = {"report"}})
    call:ends("ok")
    assert.equal("daily fast", call.var.REPORT .. " " .. call.var.FASTAGI)
  end)

  it("loses keys that are pressed before the answer", function()
    local call = place("words.lua", {args = {"late"}})
    call:press("1")
    call:ends("ok")
    assert.equal("none", call.var.KEY)
  end)

  it("fails", function()
    local call = place("words.lua", {args = {"failure"}})
    assert.matches("on purpose", call:ends("error"))
    assert.equal("FAILURE", call.var.AGISTATUS)
  end)

  it("is one of several", function()
    local first = place("words.lua", {args = {"keys"}})
    local second = place("words.lua", {args = {"keys"}})
    first:hears("conf-getpin")
    second:hears("conf-getpin")
    second:press("2#")
    first:press("1#")
    first:hears("auth-thankyou")
    second:hears("auth-thankyou")
    assert.equal("1 2", first.var.DIGITS .. " " .. second.var.DIGITS)
  end)

  it("goes out to fakes", function()
    fake.http("GET https://crm.example.com/customers/7", {json = {name = "Ann"}})
    local call = place("words.lua", {args = {"web"}})
    call:ends("ok")
    assert.equal("Ann", call.var.NAME)
  end)

  it("has files and programs of its own", function()
    local mailed
    fake.file("/etc/goagi-words.conf", "one ")
    fake.file("/etc/passwd", false)
    fake.file("list.csv", "two")
    fake.program("/usr/bin/sort", function(argv, stdin)
      assert.equal("-r", argv[2])
      return {stdout = "sorted " .. stdin}
    end)
    fake.program("uptime", {stdout = "up\n"})
    fake.program("false", {code = 1})
    fake.program("sendmail", function(_, stdin) mailed = stdin end)
    local call = place("words.lua", {args = {"files"}})
    call:ends("ok")
    assert.equal("one two", io.open("/tmp/goagi-words.txt"):read("*a"))
    assert.equal("sorted a b up 1", call.var.SORTED .. " " .. call.var.LOADED .. " " .. call.var.FAILED)
    assert.equal("hello", mailed)
  end)

  it("is at another time", function()
    at("2026-12-24 18:00", "Europe/Berlin")
    place("words.lua", {args = {"lines"}}):ends("ok")
  end)
end)
