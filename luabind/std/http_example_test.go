package std

import (
	"io"
	"net/http"
	"testing"
)

// httpSurroundings is what the http module's example asks. The settings' proxy leads its host
// here.
func httpSurroundings(t *testing.T, who *caller) {
	server, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.Host != "crm.example.com":
			w.WriteHeader(http.StatusMisdirectedRequest)
		case r.Method == http.MethodGet && r.URL.Path == "/callers" && r.URL.Query().Has("number"):
			_, _ = io.WriteString(w, `{"name": "Ada"}`)
		case r.Method == http.MethodPost && r.Header.Get("Authorization") == "Bearer s3cr3t" && string(body) == `{"digits":"0042","subject":"called"}`:
			w.WriteHeader(http.StatusCreated)
		default:
			http.NotFound(w, r)
		}
	}, nil)
	who.config = map[string]map[string]any{"http": {"proxy": server.URL}}
}
