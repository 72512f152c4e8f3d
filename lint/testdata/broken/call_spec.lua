describe("menu.lua", function()
  it("is heard", function()
    local call = place("menu.lua", {callerd = "1"}) --> unknown-option: place has no option callerd, did you mean callerid?
    call:hear("x") --> unknown-member: a call has no hear, did you mean hears?
    call:hears("x")
    fake.htpp("GET https://example.com/", {}) --> unknown-member: there is no fake.htpp, did you mean http?
    assert.is_not.equal(1, call.var.X)
    assert(call.db["a/b"])
    lpace("menu.lua") --> unknown-global: there is no lpace here, did you mean place?
  end)
end)
