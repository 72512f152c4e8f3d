package std

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"goagi/luabind"
)

// uuidModule is require "uuid".
var uuidModule = luabind.Module{
	Name: "uuid",
	Doc:  "Names that nobody else has given, for what a call makes: a ticket, a row, a file. As RFC 9562 has them, in small letters.",
	Example: `
local uuid = require "uuid"

local id = uuid.v7()
assert(uuid.valid(id) and id ~= uuid.v7())
agi.set_variable("TICKET", id)
`,
	Funcs: []luabind.Func{
		{
			Name: "v4", Returns: "uuid: string",
			Doc:  "Gives a random one, which nobody can guess.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(newUUID(4, nil)); return 1 },
		},
		{
			Name: "v7", Returns: "uuid: string",
			Doc:  "Gives one that begins with the time: those made later sort behind, as keys of a database had better. It tells when it was made.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(newUUID(7, timeOfUUID(time.Now()))); return 1 },
		},
		{
			Name: "valid", Params: "text: string", Returns: "valid: boolean",
			Doc:  "Tells whether a text is one, of whatever version, in small letters or capital ones.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushTruth(isUUID(a.Text(1))); return 1 },
		},
	},
}

// newUUID gives one that begins so, and is random else.
func newUUID(version byte, beginning []byte) string {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:]) // it never fails
	copy(bytes[:], beginning)
	bytes[6] = bytes[6]&0x0f | version<<4
	bytes[8] = bytes[8]&0x3f | 0x80
	text := hex.EncodeToString(bytes[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// timeOfUUID gives the first 8 bytes of a v7: milliseconds, and behind the
// version 4096ths of one, by which those of one millisecond are sorted, too.
func timeOfUUID(t time.Time) []byte {
	part := t.Nanosecond() % 1e6 * 4096 / 1e6
	bytes := binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli())<<16)
	return binary.BigEndian.AppendUint16(bytes[:6], uint16(part))
}

// isUUID reports whether a text is one.
func isUUID(text string) bool {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return false
	}
	digits := strings.ReplaceAll(text, "-", "")
	_, err := hex.DecodeString(digits)
	return err == nil && len(digits) == 32
}
