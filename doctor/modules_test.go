package doctor

import (
	"slices"
	"testing"
)

// res_agi is not loaded without res_speech: who only loads res_agi again and again
// gets no further.
func TestNeededModule(t *testing.T) {
	s := newStage(t)
	for _, name := range []string{"res_agi.so", "res_speech.so"} {
		s.write("/usr/lib/asterisk/modules/"+name, "")
		s.says["module show like "+name] = "0 modules loaded\n"
	}
	s.write("/etc/asterisk/modules.conf", "[modules]\nautoload = yes\nnoload = res_speech.so\n")
	var mends []string
	for _, f := range s.find("modules") {
		mends = append(mends, f.Mends...)
	}
	want := []string{
		`sed -i 's/^[[:space:]]*noload[[:space:]]*=[[:space:]]*res_speech\.so/;&/' /etc/asterisk/modules.conf`,
		"asterisk -rx 'module load res_speech.so'", "asterisk -rx 'module load res_agi.so'",
	}
	if !slices.Equal(mends, want) {
		t.Errorf("%q", mends)
	}
}
