package std

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/md5" // registers itself, as the next three
	"crypto/rand"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"fmt"

	"goagi/luabind"
)

// cryptoModule is require "crypto".
var cryptoModule = luabind.Module{
	Name: "crypto",
	Doc: "Hashes, signatures and random numbers. Results are hexadecimal, as most services want them; with {raw = true} they are the bytes themselves, as for base64.encode. " +
		"md5 and sha1 are here for old services; they protect nothing. A hash of a PIN or of a telephone number, both of which can all be tried, hides it only where " +
		"it is an hmac with a key that is kept apart.",
	Example: `
local crypto = require "crypto"

-- A PIN is kept as an hmac, and compared in a time that does not tell how much of it was right.
local key = "from the settings file"
local kept = crypto.hmac("sha256", key, "100:0042") -- of the mailbox and its PIN

local function right(mailbox, pin)
    return crypto.equal(crypto.hmac("sha256", key, mailbox .. ":" .. pin), kept)
end
assert(right("100", "0042") and not right("100", "0043"))

local code = crypto.random_digits(6) -- to be sent as a text message
assert(#code == 6)
`,
	Funcs: []luabind.Func{
		{
			Name: "equal", Secret: true, Params: "a: string, b: string", Returns: "equal: boolean",
			Doc: "Tells whether two texts are the same, in a time that depends on their lengths only. For PINs, signatures and tokens, where == tells by its time how much was right.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.PushTruth(subtle.ConstantTimeCompare([]byte(a.Text(1)), []byte(a.Text(2))) == 1)
				return 1
			},
		},
		{
			Name: "hex", Params: "bytes: string", Returns: "text: string",
			Doc:  "Writes bytes as hexadecimal digits.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(hex.EncodeToString([]byte(a.Text(1)))); return 1 },
		},
		{
			Name: "hmac", Secret: true, Params: "algorithm: \"md5\"|\"sha1\"|\"sha256\"|\"sha512\", key: string, text: string, options?: table", Returns: "code: string", Options: rawOption,
			Doc: "Gives the HMAC of a text, with which a service knows that it comes from who has the key. The algorithm is \"sha256\", \"sha512\", \"sha1\" or \"md5\".",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				var kind crypto.Hash
				switch a.Text(1) {
				case "sha256":
					kind = crypto.SHA256
				case "sha512":
					kind = crypto.SHA512
				case "sha1":
					kind = crypto.SHA1
				case "md5":
					kind = crypto.MD5
				default:
					a.Fail(1, `"sha256", "sha512", "sha1" or "md5"`)
				}
				code := hmac.New(kind.New, []byte(a.Text(2)))
				code.Write([]byte(a.Text(3)))
				return pushDigest(a, 4, code.Sum(nil))
			},
		},
		{
			Name: "md5", Params: "text: string, options?: table", Returns: "hash: string", Options: rawOption,
			Doc:  "Gives the MD5 of a text, for old services. It is broken: what is to be safe takes sha256.",
			Call: func(_ *luabind.VM, a luabind.Args) int { return pushHash(a, crypto.MD5) },
		},
		{
			Name: "random", Params: "count: integer", Returns: "bytes: string",
			Doc: "Gives random bytes that nobody can guess, from 1 to 4096 of them.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				bytes := make([]byte, countOf(a, 4096))
				_, _ = rand.Read(bytes) // it never fails
				a.PushText(string(bytes))
				return 1
			},
		},
		{
			Name: "random_digits", Params: "count: integer", Returns: "digits: string",
			Doc:  "Gives random digits that nobody can guess, each as likely as the next, from 1 to 64 of them: a PIN, a code to be read out.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(randomDigits(countOf(a, 64))); return 1 },
		},
		{
			Name: "sha1", Params: "text: string, options?: table", Returns: "hash: string", Options: rawOption,
			Doc:  "Gives the SHA-1 of a text, for old services. It is broken: what is to be safe takes sha256.",
			Call: func(_ *luabind.VM, a luabind.Args) int { return pushHash(a, crypto.SHA1) },
		},
		{
			Name: "sha256", Params: "text: string, options?: table", Returns: "hash: string", Options: rawOption,
			Doc:  "Gives the SHA-256 of a text.",
			Call: func(_ *luabind.VM, a luabind.Args) int { return pushHash(a, crypto.SHA256) },
		},
		{
			Name: "sha512", Params: "text: string, options?: table", Returns: "hash: string", Options: rawOption,
			Doc:  "Gives the SHA-512 of a text.",
			Call: func(_ *luabind.VM, a luabind.Args) int { return pushHash(a, crypto.SHA512) },
		},
		{
			Name: "unhex", Params: "text: string", Returns: "bytes: string?, message: string?",
			Doc: "Reads hexadecimal digits, small or capital; nil and what is wrong where the text is something else.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				bytes, err := hex.DecodeString(a.Text(1))
				if err != nil {
					return refused(a, fmt.Errorf("it must be two hexadecimal digits for each byte"))
				}
				a.PushText(string(bytes))
				return 1
			},
		},
	},
}

var rawOption = []luabind.Option{{Name: "raw", Type: "boolean", Doc: "Gives bytes, not their hexadecimal digits (false)."}}

// pushHash pushes the hash of the first argument.
func pushHash(a luabind.Args, kind crypto.Hash) int {
	hash := kind.New()
	hash.Write([]byte(a.Text(1)))
	return pushDigest(a, 2, hash.Sum(nil))
}

// pushDigest pushes a digest in the way that the options, the nth argument, say.
func pushDigest(a luabind.Args, n int, digest []byte) int {
	if !a.Options(n).Truth("raw", false) {
		digest = hex.AppendEncode(nil, digest)
	}
	a.PushText(string(digest))
	return 1
}

// countOf reads the first argument, a number from 1.
func countOf(a luabind.Args, most int) int {
	n := a.Integer(1)
	if n < 1 || n > most {
		a.Fail(1, fmt.Sprintf("from 1 to %d", most))
	}
	return n
}

// randomDigits gives digits of random bytes. Those of 250 and more are not used:
// with them 0 to 5 would come more often.
func randomDigits(count int) string {
	digits := make([]byte, 0, count)
	for bytes := make([]byte, 64); ; {
		_, _ = rand.Read(bytes)
		for _, b := range bytes {
			if b < 250 {
				digits = append(digits, '0'+b%10)
			}
			if len(digits) == count {
				return string(digits)
			}
		}
	}
}
