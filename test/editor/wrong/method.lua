local http = require "http"

local response = assert(http.get("https://crm.example.com/"))
print(response.headder) --> undefined-field
