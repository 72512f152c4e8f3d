describe("hello.lua", function()
  local call

  before_each(function()
    call = place("hello.lua")
    call:hears("hello-world")
    call:hears("vm-enter-num-to-call")
  end)

  it("says the caller's key back", function()
    call:press("7")
    call:hears{digits = "7"}
    call:ends("ok")
  end)

  it("says goodbye to a caller who presses none", function()
    call:hears("vm-goodbye")
    call:ends("ok")
  end)

  it("ends when the caller hangs up", function()
    call:hangs_up()
    call:ends("hangup")
  end)
end)
