agi.database_put("family", "key") --> missing-parameter
