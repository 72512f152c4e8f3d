describe("transcribe.lua", function()
  local call

  before_each(function()
    os.setenv("AST_SPOOL_DIR", "/tmp")      -- a test's own, as all that it writes
    call = place("transcribe.lua", {transport = "eagi", uniqueid = "spec"})
    call:hears("hello-world")
  end)

  it("writes down what the caller says until goodbye", function()
    fake.asr{"my name is Ann", "goodbye"}
    call:waits(2)
    call:says(1)
    call:waits(4)
    call:says(1)
    call:ends("ok")
    assert.equal("my name is Ann; goodbye", call.var.TRANSCRIPT)
    local text = assert(io.open("/tmp/transcript-spec.txt")):read("*a")
    assert.matches("^%d+%-%d%d%-%d%d %d%d:%d%d:%d%d my name is Ann\n", text)
  end)

  it("ends with a caller who is silent", function()
    call:ends("ok")
    assert.equal("", call.var.TRANSCRIPT)
  end)

  it("ends at a key", function()
    call:waits(1.5)
    call:press("5")
    call:ends("ok")
  end)

  it("goes on when the engine fails", function()
    fake.asr{false, "goodbye"}
    call:waits(2)
    call:says(1)
    call:waits(4)
    call:says(1)
    call:ends("ok")
    call:logs("the engine failed")
    assert.equal("goodbye", call.var.TRANSCRIPT)
  end)

  it("keeps the last words of a caller who hangs up", function()
    fake.asr{"wait"}
    call:waits(2)
    call:says(1)
    call:waits(0.5)
    call:hangs_up()
    call:ends("hangup")
    assert.equal("wait", call.var.TRANSCRIPT)
  end)
end)
