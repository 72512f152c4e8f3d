package spec

import "testing"

// A script that asks a dialplan function of what is outside of the call makes its
// test fail, unless that says what the function gives.
func TestFunctions(t *testing.T) {
	results := tests(t, map[string]string{
		"user.lua": `agi.var.USER = agi.var["ODBC_USER(7)"] or "nobody" agi.var.INSIDE = agi.get_full_variable("<${ODBC_USER(7)}>")`,
		"cdr.lua":  `agi.var["CDR(userfield)"] = (agi.var["CDR(userfield)"] or "") .. "!"`,
		"own.lua":  `agi.var.NUMBER = agi.var["CALLERID(num)"]`,
	}, `
it("has no fake", function() place("user.lua"):ends("ok") end)
it("has one", function()
  fake.func("ODBC_USER", function(arguments) return "Ann " .. arguments end)
  local call = place("user.lua")
  call:ends("ok")
  assert.equal("Ann 7", call.var.USER)
  assert.equal("<Ann 7>", call.var.INSIDE)
end)
it("gives nothing", function()
  fake.func("ODBC_USER", function() end)
  local call = place("user.lua")
  call:ends("ok")
  assert.equal("nobody", call.var.USER)
  assert.is_nil(call.var["ODBC_USER(7)"])
end)
it("gives a table", function()
  fake.func("ODBC_USER", function() return {} end)
  place("user.lua"):ends("ok")
end)
it("is broken", function()
  fake.func("ODBC_USER", function() error("on purpose") end)
  place("user.lua"):ends("ok")
end)
it("is set before", function()
  local call = place("cdr.lua", {var = {["CDR(userfield)"] = "gold"}})
  call:ends("ok")
  assert.equal("gold!", call.var["CDR(userfield)"])
end)
it("stands in for one of the simulator's", function()
  local seen
  fake.func("CALLERID", function(arguments, value) if value then seen = value else return arguments end end)
  local call = place("own.lua", {var = {["CALLERID(name)"] = "Ann"}})
  call:ends("ok")
  assert.equal("num", call.var.NUMBER)
  assert.equal("Ann", seen)
  call:set("CALLERID(name)", "Eve")
  assert.equal("Eve", seen)
end)
it("reads what is there", function()
  local call = place("own.lua", {callerid = "5551234"})
  call:ends("ok")
  assert.equal("5551234", call.var["CALLERID(num)"])
  assert.is_nil(call.var.NONE)
end)
it("reads one that is not there", function()
  local call = place("own.lua")
  call:ends("ok")
  assert.is_nil(call.var["CURL(https://example.com)"])
end)
it("names it wrongly", function() fake.func("CURL(x)", function() end) end)`)
	outcomes(t, results, map[string]string{
		"has no fake":                          `the call reads the dialplan function ODBC_USER(7), and the spec has no fake for it: fake.func("ODBC_USER", `,
		"has one":                              "",
		"gives nothing":                        "",
		"gives a table":                        `the function of fake.func("ODBC_USER") gave a table`,
		"is broken":                            "x_spec.lua:22: on purpose",
		"is set before":                        "",
		"stands in for one of the simulator's": "",
		"reads what is there":                  "",
		"reads one that is not there":          `CURL(https://example.com), and the spec has no fake for it`,
		"names it wrongly":                     `has no parentheses: "CURL"`,
	})
}
