package std

import "testing"

// A question mark stands for a value where the database reads one, and nowhere
// else: a value too many or too few is found before anything is sent.
func TestQuestion(t *testing.T) {
	for _, row := range []struct {
		engine   *engine
		in, want string
		places   int
	}{
		{&sqliteEngine, `SELECT ?, ?`, `SELECT ?, ?`, 2},
		{&postgresEngine, `SELECT ?, ?`, `SELECT $1, $2`, 2},
		{&postgresEngine, `a = ? AND b LIKE '%?''?' AND "c?" = ?`, `a = $1 AND b LIKE '%?''?' AND "c?" = $2`, 2},
		{&postgresEngine, `'it\' = ?`, `'it\' = $1`, 1},
		{&postgresEngine, `E'it\'?' = ?`, `E'it\'?' = $1`, 1},
		{&postgresEngine, `table'?' = ?`, `table'?' = $1`, 1},
		{&postgresEngine, `$$?$$ || $a$ $$ ? $a$ || ?`, `$$?$$ || $a$ $$ ? $a$ || $1`, 1},
		{&postgresEngine, `a$1 = ?`, `a$1 = $1`, 1},
		{&postgresEngine, `/* ? /* ? */ ? */ ? -- ?`, `/* ? /* ? */ ? */ $1 -- ?`, 1},
		{&postgresEngine, `j ?? 'a' AND j ??| ?`, `j ? 'a' AND j ?| $1`, 1},
		{&postgresEngine, "`?`[?]", "`$1`[$2]", 2},
		{&postgresEngine, `'?`, `'?`, 0},
		{&postgresEngine, `/* ?`, `/* ?`, 0},
		{&postgresEngine, `$?`, `$$1`, 1},
		{&sqliteEngine, "`?` [?] \"?\" '?' ?", "`?` [?] \"?\" '?' ?", 1},
		{&sqliteEngine, `'\' = ?`, `'\' = ?`, 1},
		{&sqliteEngine, `/* /* ? */ ?`, `/* /* ? */ ?`, 1},
		{&mysqlEngine, `'it\'s ?' "\"?" ?`, `'it\'s ?' "\"?" ?`, 1},
		{&mysqlEngine, "`a\\` ? # ?\n?", "`a\\` ? # ?\n?", 2},
		{&mysqlEngine, `-- ?`, `-- ?`, 0},
		{&mysqlEngine, ``, ``, 0},
		{&mysqlEngine, `'`, `'`, 0},
		{&mysqlEngine, `'\`, `'\`, 0},
		{&postgresEngine, `E`, `E`, 0},
		{&postgresEngine, `$`, `$`, 0},
		{&postgresEngine, `/*/`, `/*/`, 0},
	} {
		q, err := row.engine.read(row.in)
		if err != nil || q.text != row.want || q.places != row.places {
			t.Errorf("%s: %s, %d places, %v; want %s, %d", row.in, q.text, q.places, err, row.want, row.places)
		}
	}
	if _, err := postgresEngine.read("SELECT ?1"); err == nil {
		t.Error("?1 is taken for ? and 1")
	}
}

// No statement makes the reading fail, and one without a question mark stays as it
// is.
func FuzzQuestion(f *testing.F) {
	f.Add(`E'\'?' $a$?$a$ /* ? */ ?? ?`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range []*engine{&sqliteEngine, &postgresEngine, &mysqlEngine} {
			q, err := e.read(text)
			if err == nil && q.places == 0 && len(q.text) > len(text) {
				t.Errorf("%q became %q", text, q.text)
			}
		}
	})
}
