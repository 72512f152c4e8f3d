-- An application that is misspelt is none: the call goes on without it, or ends there.
agi.app.Playbck("hello-world") --> unknown-application: did you mean Playback?
agi.exec("Playbck", "hello-world") --> unknown-application: did you mean Playback?
agi.command("EXEC", "Quene", "sales") --> unknown-application: did you mean Queue?
agi.app.voicemial("100") --> unknown-application: no application voicemial of its own, did you mean VoiceMail?
agi.exec("Playbck(hello-world)") --> arguments-in-name: agi.exec("Playbck", "hello-world")
agi.app.Dail("PJSIP/100") --> unknown-application: did you mean Dial?
