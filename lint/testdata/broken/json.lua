local M = {} --> own-module: require "json" gives this file to all scripts here
return M
