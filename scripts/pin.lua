-- pin.lua: asks for a PIN and tells the dialplan whether it was right.
--
--   same => n,AGI(goagi,pin.lua,0042,*9)      ; the PINs that open the door
--   same => n,GotoIf($["${PIN_OK}" = "yes"]?inside:outside)
--
-- Sets PIN_OK to "yes" or "no", and PIN to the one that was right. Digits are
-- text: 0042 keeps its zeros, and *9 is a PIN like any other.

local TRIES = 3
local known = {}
for _, pin in ipairs(arg) do
  if pin ~= "" then known[pin] = true end         -- an unset variable is no PIN
end

agi.on_hangup(function()
  -- The caller has gone. Variables and the database still work here.
  agi.log("info", "pin.lua: " .. agi.env.callerid .. " hung up")
end)

agi.answer()
agi.var.PIN_OK = "no"

for try = 1, TRIES do
  -- Ends at #, or when no key came for five seconds.
  local pin = agi.get_data("conf-getpin", 5000, 8)
  if pin and known[pin] then
    agi.var.PIN = pin
    agi.var.PIN_OK = "yes"
    agi.stream_file("auth-thankyou")
    return
  end
  agi.stream_file("conf-invalidpin")
end
agi.stream_file("vm-goodbye")
