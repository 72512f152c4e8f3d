#!/usr/bin/lua5.1
-- lua51.lua with luasocket's core and cjson loaded, and no HTTP client (Debian: lua-socket, lua-cjson).
require "socket"
require "cjson"
dofile((arg[0]:gsub("[^/]*$", "")) .. "lua51.lua")
