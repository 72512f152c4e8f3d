#!/usr/bin/lua5.1
-- lua51.lua with what a call flow needs to ask a web service: an HTTP client and JSON (Debian: lua-socket, lua-cjson).
require "socket.http"
require "cjson"
dofile((arg[0]:gsub("[^/]*$", "")) .. "lua51.lua")
