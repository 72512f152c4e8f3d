agi.answer()
if agi.hungup( then --> syntax: 
