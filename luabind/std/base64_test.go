package std

import "testing"

// What services send comes out, whichever of the two kinds it is, and however
// they broke its lines.
func TestBase64(t *testing.T) {
	gives(t, caller{}, "base64", [][2]string{
		{`base64.encode(""), base64.encode("f"), base64.encode("fo"), base64.encode("foo")`, `"" "Zg==" "Zm8=" "Zm9v"`},
		{`base64.encode("\251\255\254"), base64.encode("\251\255\254\0", {url = true})`, `"+//+" "-__-AA"`},
		{`base64.decode("Zg=="), base64.decode("Zg"), base64.decode("Zm8"), base64.decode(" Zm\r\n9v\n"), base64.decode("")`, `"f" "f" "fo" "foo" ""`},
		{`base64.decode("-__-AA") == "\251\255\254\0", base64.decode("+//+") == "\251\255\254"`, `true true`},
		{`base64.decode("Zg=x")`, `null "it is no Base64, or cut short"`},
		{`base64.decode("Z")`, `null "it is no Base64, or cut short"`},
		{`base64.decode("Zm9v!")`, `null "it is no Base64, or cut short"`},
		{`base64.encode()`, `~base64.encode: argument 1 (bytes) must be a string`},
		{`base64.encode("a", {URL = true})`, `~there is no option URL`},
	})
}
