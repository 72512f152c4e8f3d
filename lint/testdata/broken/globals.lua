#!/usr/bin/env goagi
agi.answre() --> unknown-member: there is no agi.answre, did you mean answer?
prnt("x") --> unknown-global: there is no prnt here, did you mean print?
http.get("https://example.com/") --> unknown-global: http is a module: local http = require "http"
counter = 1 --> global: local counter = ... makes it the script's own
counter = counter + 1
function helper() return counter end --> global: helper is a global
helper()
local function one() return tow end --> unknown-global: there is no tow here
one()
print(string.uper("x"), table.concta({})) --> unknown-member: there is no string.uper, did you mean upper?
print(tbale.concat({})) --> unknown-global: did you mean table?
_G.fine = 1
describe("x", print) --> unknown-global: there is no describe here
