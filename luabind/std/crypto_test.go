package std

import (
	"strings"
	"testing"
)

// The vectors that the standards give: a service would refuse a signature that
// is off by a bit.
func TestCrypto(t *testing.T) {
	gives(t, caller{}, "crypto", [][2]string{
		{`crypto.md5("abc")`, `"900150983cd24fb0d6963f7d28e17f72"`},
		{`crypto.sha1("abc")`, `"a9993e364706816aba3e25717850c26c9cd0d89d"`},
		{`crypto.sha256("abc")`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{`crypto.sha512("abc")`, `"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"`},
		{`#crypto.sha256("abc", {raw = true}), crypto.hex(crypto.sha256("abc", {raw = true})) == crypto.sha256("abc")`, `32 true`},
		// RFC 4231 and RFC 2202, test case 2.
		{`crypto.hmac("sha256", "Jefe", "what do ya want for nothing?")`, `"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"`},
		{`crypto.hmac("sha512", "Jefe", "what do ya want for nothing?"):sub(1, 16)`, `"164b7a7bfcf819e2"`},
		{`crypto.hmac("sha1", "Jefe", "what do ya want for nothing?")`, `"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"`},
		{`crypto.hmac("md5", "Jefe", "what do ya want for nothing?")`, `"750c783e6ab0b503eaa86e310a5db738"`},
		{`#crypto.hmac("sha1", "k", "", {raw = true})`, `20`},
		{`crypto.hex("\0\255A")`, `"00ff41"`},
		{`crypto.unhex("00Ff41") == "\0\255A", crypto.unhex("")`, `true ""`},
		{`crypto.unhex("abc")`, `null "it must be two hexadecimal digits for each byte"`},
		{`crypto.unhex("zz")`, `~null`},
		{`crypto.equal("0042", "0042"), crypto.equal("0042", "0043"), crypto.equal("0042", "00420"), crypto.equal("", "")`, `true false false true`},
		{`#crypto.random(16), crypto.random(16) ~= crypto.random(16)`, `16 true`},
		{`#crypto.random_digits(6), crypto.random_digits(64):match("^%d+$") ~= nil, crypto.random_digits(20) ~= crypto.random_digits(20)`, `6 true true`},

		{`crypto.hmac("sha3", "k", "t")`, `~argument 1 (algorithm) must be "sha256", "sha512", "sha1" or "md5", not string`},
		{`crypto.sha256("a", {hex = true})`, `~there is no option hex`},
		{`crypto.random(0)`, `~argument 1 (count) must be from 1 to 4096`},
		{`crypto.random_digits(65)`, `~argument 1 (count) must be from 1 to 64`},
		{`crypto.equal("a")`, `~argument 2 (b) must be a string, not nil`},
	})
}

// Each digit of a PIN is as likely as the next: who tries has no better ones.
func TestRandomDigits(t *testing.T) {
	const each = 4000
	digits := ""
	for len(digits) < 10*each {
		digits += randomDigits(64)
	}
	for digit := '0'; digit <= '9'; digit++ {
		// Eight times the deviation that is usual.
		if n := strings.Count(digits, string(digit)); n < each-480 || n > each+480 {
			t.Errorf("%d times %c in %d digits", n, digit, len(digits))
		}
	}
}
