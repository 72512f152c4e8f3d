package std

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/eagi"
	"goagi/luabind"
)

// webBody is what a request sends: pieces of memory and of files, one behind the
// other. It can be sent several times.
type webBody struct {
	pieces []webPiece
	size   int64
	kind   string // its Content-Type, "" where nothing is sent
	files  []*os.File
}

// webPiece is one of them.
type webPiece struct {
	from io.ReaderAt
	size int64
}

func (b *webBody) add(from io.ReaderAt, size int64) {
	b.pieces = append(b.pieces, webPiece{from, size})
	b.size += size
}

func (b *webBody) addText(text string) { b.add(strings.NewReader(text), int64(len(text))) }

// open gives the body from its beginning.
func (b *webBody) open() io.ReadCloser {
	readers := make([]io.Reader, len(b.pieces))
	for i, p := range b.pieces {
		readers[i] = io.NewSectionReader(p.from, 0, p.size)
	}
	return io.NopCloser(io.MultiReader(readers...))
}

// close closes the files, once nothing is sent any more.
func (b *webBody) close() {
	for _, f := range b.files {
		f.Close()
	}
}

// webContent is what a part of a body holds.
type webContent struct {
	text string
	file *os.File // instead of text
	size int64
	name string // the file's, as the server is told; "" for what is none
	kind string
}

// read reads those of the options that say what a request sends. What is wrong
// with the options is raised; err is the file system's. In either case close
// closes what was opened.
func (b *webBody) read(vm *luabind.VM, a luabind.Args, o luabind.Options) error {
	given := ""
	for _, name := range [...]string{"body", "form", "json", "multipart"} {
		if !o.Set(name) {
			continue
		}
		if given != "" {
			a.Misuse("the options %s and %s cannot both be sent", given, name)
		}
		given = name
	}
	switch given {
	case "body":
		c, err := b.content(vm, a, "body", o.Value("body"))
		b.kind = c.kind
		b.put(c)
		return err
	case "form":
		b.kind = "application/x-www-form-urlencoded"
		b.addText(encodeWebFields(webFields(a, o, "form")))
	case "json":
		text, err := encodeJSON(vm, a, o.Value("json"), 0)
		if err != nil {
			a.Misuse("option json: %s", err)
		}
		b.kind = "application/json"
		b.add(bytes.NewReader(text), int64(len(text)))
	case "multipart":
		return b.readMultipart(vm, a, o.Table("multipart"))
	}
	return nil
}

func (b *webBody) put(c webContent) {
	if c.file != nil {
		b.add(c.file, c.size)
	} else {
		b.addText(c.text)
	}
}

// readMultipart reads the option multipart.
func (b *webBody) readMultipart(vm *luabind.VM, a luabind.Args, table *lua.LTable) error {
	type part struct {
		field string
		webContent
	}
	var parts []part
	var failed error
	table.ForEach(func(key, value lua.LValue) {
		name, ok := key.(lua.LString)
		if !ok {
			a.Misuse("option multipart holds a part without a name")
		}
		list, isList := value.(*lua.LTable)
		if !isList || list.Len() == 0 {
			list = a.L.CreateTable(1, 0)
			list.Append(value)
		}
		for i := 1; failed == nil && i <= list.Len(); i++ {
			var c webContent
			if c, failed = b.content(vm, a, "multipart", list.RawGetInt(i)); failed == nil {
				parts = append(parts, part{string(name), c})
			}
		}
	})
	if failed != nil {
		return failed
	}
	slices.SortStableFunc(parts, func(x, y part) int {
		if (x.name == "") != (y.name == "") {
			return strings.Compare(x.name, y.name)
		}
		return strings.Compare(x.field, y.field)
	})
	var between bytes.Buffer // what stands between the contents
	form := multipart.NewWriter(&between)
	for _, p := range parts {
		head := textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(p.field, p.name)}, "Content-Type": {p.kind}}
		if p.name == "" {
			head.Set("Content-Disposition", strings.TrimSuffix(head.Get("Content-Disposition"), `; filename=""`))
		}
		_, _ = form.CreatePart(head) // to a buffer, which cannot fail
		b.addText(between.String())
		between.Reset()
		b.put(p.webContent)
	}
	_ = form.Close()
	b.addText(between.String())
	b.kind = form.FormDataContentType()
	return nil
}

// content reads what is to be sent, of the option body or a part of multipart.
// Files that it opens are closed by close.
func (b *webBody) content(vm *luabind.VM, a luabind.Args, option string, value lua.LValue) (webContent, error) {
	if text, ok := webText(value); ok {
		return webContent{text: text, kind: "text/plain; charset=utf-8"}, nil
	}
	if u := webUtterance(value); u != nil {
		return webContent{text: string(u.WAV()), name: "utterance.wav", kind: "audio/wav"}, nil
	}
	table, ok := value.(*lua.LTable)
	if !ok {
		a.Misuse("option %s cannot send a %s", option, value.Type())
	}
	var c webContent
	var err error
	sources := 0
	told := make(map[string]string)
	table.ForEach(func(key, value lua.LValue) {
		name := key.String()
		text, isText := webText(value)
		switch {
		case name == "utterance" && webUtterance(value) != nil:
			sources++
			c, err = b.content(vm, a, option, value)
		case name == "file" && isText:
			sources++
			if err == nil {
				c, err = b.openFile(vm, a, text)
			}
		case name == "text" && isText:
			sources++
			c = webContent{text: text, kind: "text/plain; charset=utf-8"}
		case (name == "name" || name == "type") && isText && headerText(text):
			told[name] = text
		default:
			a.Misuse("option %s: %+q is none of file (a path), utterance, text, name and type, or has no such value", option, name)
		}
	})
	if sources != 1 {
		a.Misuse("option %s: what is sent is one of file, utterance and text", option)
	}
	if told["name"] != "" {
		c.name = told["name"]
	}
	if told["type"] != "" {
		c.kind = told["type"]
	}
	return c, err
}

// webUtterance gives the utterance that a value is, nil for others.
func webUtterance(value lua.LValue) *eagi.Utterance {
	if data, ok := value.(*lua.LUserData); ok {
		u, _ := data.Value.(*eagi.Utterance)
		return u
	}
	return nil
}

// openFile opens a file that is sent. What the sandbox forbids is raised.
func (b *webBody) openFile(vm *luabind.VM, a luabind.Args, path string) (webContent, error) {
	f, size, err := openWebFile(vm, a, path)
	if err != nil {
		return webContent{}, err
	}
	b.files = append(b.files, f)
	kind := "application/octet-stream"
	switch strings.ToLower(filepath.Ext(path)) {
	case ".wav":
		kind = "audio/wav"
	case ".json":
		kind = "application/json"
	case ".txt":
		kind = "text/plain; charset=utf-8"
	}
	return webContent{file: f, size: size, name: filepath.Base(path), kind: kind}, nil
}

// openWebFile opens a file to read, through the sandbox, whose error is raised.
func openWebFile(vm *luabind.VM, a luabind.Args, path string) (*os.File, int64, error) {
	f, info, err := openRegular(vm.Sandbox(), path)
	if err != nil {
		raiseForbidden(a, err)
		return nil, 0, webFileError(path, err)
	}
	return f, info.Size(), nil
}
