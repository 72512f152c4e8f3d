print(agi.env.calerid) --> undefined-field
