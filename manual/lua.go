package manual

// luaItself is what the server does not know of Lua's own functions in goagi.
const luaItself = `---Calls a function in protected mode: true and its results, or false and the error. What
---goagi raises is a goagi.agi.error, with kind and message; what error raises is what it was
---given.
---@param f function
---@param ... any what the function is given
---@return boolean ok
---@return any ... the results, or the error
function pcall(f, ...) end

---Calls a function in protected mode; what is raised in it is given to the handler.
---@param f function
---@param handler function
---@return boolean ok
---@return any ... the results, or what the handler gave
function xpcall(f, handler) end

---Sets a variable of the process's environment.
---@param name string
---@param value string
---@return boolean? done
---@return string? message
function os.setenv(name, value) end
`
