agi.answer("now") --> redundant-parameter
