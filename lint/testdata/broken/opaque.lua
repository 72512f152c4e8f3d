dofile("/etc/goagi/common.lua")
greet() --> unknown-global: unless what dofile, setfenv and the like run does
