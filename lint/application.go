package lint

import (
	"strings"

	"goagi/spell"
)

// applications are those that the modules of Asterisk 16 to 22 register. A string
// costs the program's start nothing.
const applications = `
AddQueueMember ADSIProg AELSub AgentLogin AgentRequest AGI AlarmReceiver AMD Answer AttendedTransfer AudioSocket Authenticate BackGround
BackgroundDetect BlindTransfer Bridge BridgeAdd BridgeWait Broadcast Busy CallCompletionCancel CallCompletionRequest CELGenUserEvent
ChangeMonitor ChanIsAvail ChannelRedirect ChanSpy ClearHash ConfBridge ConfKick Congestion ContinueWhile ControlPlayback DAHDIAcceptR2Call
DAHDIRAS DAHDIScan DAHDISendCallreroutingFacility DAHDISendKeypadFacility DateTime DBdeltree DeadAGI Dial Dictate Directory DISA DumpChan
EAGI Echo Else ElseIf EndIf EndWhile Exec ExecIf ExecIfTime ExitIf ExitWhile ExtenSpy ExternalIVR Festival Flash FollowMe ForkCDR GetCPEID
Gosub GosubIf Goto GotoIf GotoIfTime Hangup HangupCauseClear IAX2Provision ICES If ImportVar Incomplete IVRDemo JabberJoin JabberLeave
JabberSend JabberSendGroup JabberStatus JACK Log Macro MacroExclusive MacroExit MacroIf MailboxExists MeetMe MeetMeAdmin MeetMeChannelAdmin
MeetMeCount MessageSend Milliwatt MinivmAccMess MinivmDelete MinivmGreet MinivmMWI MinivmNotify MinivmRecord MixMonitor Monitor Morsecode
MP3Player MSet MusicOnHold NBScat NoCDR NoOp ODBC_Commit ODBC_Rollback ODBCFinish Originate OSPAuth OSPFinish OSPLookup OSPNext Page Park
ParkAndAnnounce ParkedCall PauseMonitor PauseQueueMember Pickup PickupChan PJSIPHangup PJSIPNotify Playback PlayTones PrivacyManager
Proceeding Progress Queue QueueLog QueueUpdate RaiseException Read ReadExten ReceiveFAX ReceiveMF ReceiveSF ReceiveText Record Reload
RemoveQueueMember ResetCDR RetryDial Return Ringing SayAlpha SayAlphaCase SayCountedAdj SayCountedNoun SayDigits SayMoney SayNumber
SayOrdinal SayPhonetic SayUnixTime SendDTMF SendFAX SendImage SendMF SendSF SendText SendURL Set SetAMAFlags Signal SIPAddHeader SIPDtmfMode
SIPRemoveHeader SIPSendCustomINFO SkelGuessNumber SLAStation SLATrunk SMS SoftHangup SpeechActivateGrammar SpeechBackground SpeechCreate
SpeechDeactivateGrammar SpeechDestroy SpeechLoadGrammar SpeechProcessingSound SpeechStart SpeechUnloadGrammar StackPop StartMusicOnHold
Stasis StasisBroadcast StatsD StopMixMonitor StopMonitor StopMusicOnHold StopPlayTones StoreDTMF StreamEcho System TestClient TestServer
ToneScan Transfer TryExec TrySystem UnpauseMonitor UnpauseQueueMember UserEvent Verbose VMAuthenticate VMSayName VoiceMail VoiceMailMain
VoiceMailPlayMsg Wait WaitDigit WaitExten WaitForCondition WaitForNoise WaitForRing WaitForSignal WaitForSilence WaitForTone WaitUntil While
Zapateller
`

// longestApplication is how long a name may be, in bytes, and still be misspelt.
const longestApplication = 40

// misspelt tells of an application that Asterisk has not, where it has one of nearly
// that name. Others may be a site's own, and are not looked at, nor is one that holds
// the name of Asterisk's, such as MyDial.
func (w *walk) misspelt(line int, name string) {
	if w.enough(Warning) || len(name) > longestApplication {
		return
	}
	known, lower := strings.Fields(applications), strings.ToLower(name)
	all := strings.Fields(strings.ToLower(applications)) // Asterisk does not look at their case
	near := spell.Near(lower, all)
	for i, other := range all {
		switch {
		case other == lower:
			return
		case other == near:
			near = known[i]
		}
	}
	if near != "" && !strings.Contains(lower, strings.ToLower(near)) && alike(lower, strings.ToLower(near)) {
		w.find(line, Warning, "unknown-application", name, "Asterisk has no application %s of its own, did you mean %s?", name, near)
	}
}

// alike reports whether names that are near are of the same letters, too, where they
// are short: Dail is Dial, and Mail is not.
func alike(name, near string) bool {
	most := 2
	switch {
	case len(name) > 5:
		return true
	case len(name) < 5:
		if most = 1; len(name) > len(near) {
			return false
		}
	}
	for _, letter := range name {
		without := strings.Replace(near, string(letter), "", 1)
		if without == near {
			most--
		}
		near = without
	}
	return len(near) <= most
}
