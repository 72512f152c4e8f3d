describe("pin.lua", function()
  local call

  local function enters(pin)
    call:hears("conf-getpin")
    call:press(pin .. "#")
  end

  before_each(function()
    call = place("pin.lua", {args = {"0042", "*9", ""}, callerid = "5551234"})
  end)

  it("opens for a PIN that it was given, zeros and all", function()
    enters("0042")
    call:hears("auth-thankyou")
    call:ends("ok")
    assert.equal("yes", call.var.PIN_OK)
    assert.equal("0042", call.var.PIN)
  end)

  it("takes * for a digit", function()
    enters("*9")
    call:hears("auth-thankyou")
    call:ends("ok")
    assert.equal("*9", call.var.PIN)
  end)

  it("gives three tries", function()
    for _, pin in ipairs{"42", "00042", "1"} do
      enters(pin)
      call:hears("conf-invalidpin")
    end
    call:hears("vm-goodbye")
    call:ends("ok")
    assert.equal("no", call.var.PIN_OK)
    assert.is_nil(call.var.PIN)
  end)

  it("takes neither # alone nor silence for a PIN", function()
    enters("")
    call:hears("conf-invalidpin")
    call:hears("conf-getpin")
    call:hears("conf-invalidpin")       -- nothing was pressed
    enters("0042")
    call:hears("auth-thankyou")
    call:ends("ok")
  end)

  it("notes a caller who hangs up", function()
    call:hears("conf-getpin")
    call:press("00")
    call:hangs_up()
    call:ends("hangup")
    call:logs("5551234 hung up")
    assert.equal("no", call.var.PIN_OK)
  end)
end)
