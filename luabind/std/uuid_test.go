package std

import (
	"slices"
	"testing"
	"time"
)

// Databases and services take them.
func TestUUID(t *testing.T) {
	gives(t, caller{}, "uuid", [][2]string{
		{`(uuid.v4():gsub("[0-9a-f]", "x"))`, `"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"`},
		{`uuid.v4():sub(15, 15), uuid.v4():match("^[89ab]", 20) ~= nil, uuid.v4() ~= uuid.v4()`, `"4" true true`},
		// The bubble's clock stands at the beginning of 2000: 0xdc6acfac00 ms.
		{`uuid.v7():sub(1, 18), uuid.v7():match("^[89ab]", 20) ~= nil, uuid.v7() ~= uuid.v7()`, `"00dc6acf-ac00-7000" true true`},
		{`uuid.valid(uuid.v4()), uuid.valid(uuid.v7()), uuid.valid(uuid.v4():upper())`, `true true true`},
		{`uuid.valid("00000000-0000-0000-0000-000000000000")`, `true`},
		{`uuid.valid(""), uuid.valid("x"), uuid.valid(uuid.v4() .. " "), uuid.valid("{" .. uuid.v4() .. "}")`, `false false false false`},
		{`uuid.valid("0000000000000-0000-0000-0000-00000000"), uuid.valid("00000000-0000-0000-0000-00000000000g")`, `false false`},
		{`uuid.valid("00000000-0000-0000-0000-0000000-0000")`, `false`},
		{`uuid.valid()`, `~uuid.valid: argument 1 (text) must be a string`},
		{`uuid.v4(1)`, `~it takes none, not 1 arguments`},
	})
}

// Those that are made later sort behind, even within a millisecond.
func TestUUIDOrder(t *testing.T) {
	var ids []string
	for at := time.Unix(1798132500, 0); len(ids) < 4000; at = at.Add(250 * time.Nanosecond) {
		ids = append(ids, newUUID(7, timeOfUUID(at)))
	}
	if !slices.IsSorted(ids) {
		t.Error("they are not in order")
	}
}
