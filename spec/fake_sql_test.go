package spec

import "testing"

// A script that asks a database server is tested with a database of the test's own;
// without one the test fails, and says where the script wants it.
func TestDatabases(t *testing.T) {
	outcomes(t, tests(t, map[string]string{"sql.lua": `local db = require "sql".open("mysql://u:p@db.example.com/crm")
		agi.var.NAME = db:value("SELECT name FROM customers WHERE number = ?", agi.env.callerid)
		db:exec("INSERT INTO calls VALUES (?)", agi.env.callerid)`}, `
local customers = "CREATE TABLE calls (who TEXT); CREATE TABLE customers (number TEXT, name TEXT); INSERT INTO customers VALUES ('1001', 'Ann')"
it("finds the customer", function()
  fake.sql(customers)
  local call = place("sql.lua")
  call:ends()
  assert.equal("Ann", call.var.NAME)
  assert.equal("1001", require "sql".open("mysql://u:p@db.example.com/crm"):value("SELECT who FROM calls"))
end)
it("has databases by name", function()
  fake.sql("CREATE TABLE other (x TEXT)")
  fake.sql(customers, "crm")
  fake.sql("INSERT INTO customers VALUES ('1002', 'Bob')", "crm")
  local call = place("sql.lua", {callerid = "1002"})
  call:ends()
  assert.equal("Bob", call.var.NAME)
end)
it("has none", function() place("sql.lua"):waits(1) end)
it("is no SQL", function() fake.sql("CREAT TABLE x (a)") end)`), map[string]string{
		"finds the customer": "", "has databases by name": "",
		"has none":  `sql.lua:1: the spec has no fake for the database "crm" of a server: fake.sql("CREATE TABLE ...")`,
		"is no SQL": `fake.sql: sqlite3: SQL logic error: near "CREAT"`,
	})
}

// A test of a module alone meets the fakes, too, and never the world.
func TestModuleAlone(t *testing.T) {
	outcomes(t, tests(t, map[string]string{
		"crm.lua": `local http, process = require "http", require "process"
			return {
				name = function(number)
					local found = assert(http.get("https://crm.example.com/" .. number))
					return found:json().name
				end,
				sends = function() return process.run{"sendmail", "x"}.code end,
			}`,
	}, `
it("asks", function()
  fake.http("GET https://crm.example.com/7", {json = {name = "Ann"}})
  fake.http("GET https://crm.example.com/8", function(request) return {json = {name = request.url}} end)
  assert.equal("Ann", require "crm".name("7"))
  assert.equal("https://crm.example.com/8", require "crm".name("8"))
end)
it("starts a program", function()
  fake.program("sendmail", function(arguments) return {code = #arguments} end)
  assert.equal(2, require "crm".sends())
end)
it("has no fake", function() pcall(require "crm".name, "9") end)
it("has no program", function() pcall(os.execute, "touch /tmp/goagi-spec-own") end)
it("has no redis", function() pcall(require "redis".connect) end)`), map[string]string{
		"asks": "", "starts a program": "",
		"has no fake":    `crm.lua:4: the spec has no fake for GET https://crm.example.com/9: `,
		"has no program": `x_spec.lua:13: the spec has no fake for the program touch`,
		"has no redis":   `x_spec.lua:14: a test cannot use redis`,
	})
}

// What a script has recorded is there for it, as after a real recording.
func TestRecordingLeavesAFile(t *testing.T) {
	outcomes(t, tests(t, map[string]string{"record.lua": `agi.answer()
		agi.record_file("/var/spool/asterisk/tmp/goagi-spec", "wav", "#", 3000)
		local f = assert(io.open("/var/spool/asterisk/tmp/goagi-spec.wav", "rb"))
		agi.var.BYTES = #f:read("*a")`}, `
it("records", function() local call = place("record.lua") call:ends() assert.equal("16044", call.var.BYTES) end)
it("has its own", function()
  fake.file("/var/spool/asterisk/tmp/goagi-spec.wav", "four")
  local call = place("record.lua") call:ends() assert.equal("4", call.var.BYTES)
end)`), map[string]string{"records": "", "has its own": ""})
}
