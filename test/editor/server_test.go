package editor

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// server is a language server that runs.
type server struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
	ids int
}

// message is one of the protocol's: a request, an answer, or a notification.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

// start starts a server for a folder.
func start(t *testing.T, root, program string, words ...string) *server {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, words...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s := &server{t: t, in: in, out: bufio.NewReader(out)}
	s.ask("initialize", map[string]any{
		"processId": nil, "rootUri": "file://" + root, "capabilities": map[string]any{},
		"workspaceFolders": []any{map[string]any{"uri": "file://" + root, "name": "scripts"}},
	})
	s.send(message{Method: "initialized", Params: map[string]any{}})
	return s
}

func (s *server) send(m message) {
	s.t.Helper()
	m.Version = "2.0"
	text, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(text), text); err != nil {
		s.t.Fatal(err)
	}
}

// ask sends a request and gives its answer. What the server asks meanwhile is answered
// with nothing: it has its settings from its file.
func (s *server) ask(method string, params any) json.RawMessage {
	s.t.Helper()
	s.ids++
	id := strconv.Itoa(s.ids)
	s.send(message{ID: json.RawMessage(id), Method: method, Params: params})
	for {
		m := s.receive()
		switch {
		case m.Method != "" && m.ID != nil:
			s.send(message{ID: m.ID, Result: json.RawMessage("null")})
		case m.Method == "" && string(m.ID) == id:
			if m.Error != nil {
				s.t.Fatalf("%s: %s", method, m.Error)
			}
			return m.Result
		}
	}
}

func (s *server) receive() (m message) {
	s.t.Helper()
	length := 0
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			s.t.Fatal(err)
		}
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(value)
		}
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(s.out, text); err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	return m
}

// complete gives what the server offers at the end of a text.
func (s *server) complete(uri, language, text string) (labels []string) {
	s.t.Helper()
	s.send(message{Method: "textDocument/didOpen", Params: map[string]any{
		"textDocument": map[string]any{"uri": uri, "languageId": language, "version": 1, "text": text},
	}})
	line := strings.Count(text, "\n")
	result := s.ask("textDocument/completion", map[string]any{
		"textDocument": map[string]any{"uri": uri},
		"position":     map[string]any{"line": line, "character": len(text) - 1 - strings.LastIndexByte(text, '\n')},
	})
	type item struct{ Label string }
	var list struct{ Items []item }
	if err := json.Unmarshal(result, &list); err != nil {
		if err := json.Unmarshal(result, &list.Items); err != nil {
			s.t.Fatalf("%v: %s", err, result)
		}
	}
	for _, item := range list.Items {
		labels = append(labels, item.Label)
	}
	return labels
}
