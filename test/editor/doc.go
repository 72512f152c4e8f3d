// Package editor asks a real lua-language-server what it makes of the definitions that
// goagi types writes: whether it finds mistakes with them, finds none in the scripts
// that goagi ships, and completes. Its tests run where GOAGI_TEST_LUALS names the
// server; package manual's tests hold the definitions to the server's grammar anyway.
package editor
