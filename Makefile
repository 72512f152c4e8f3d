# The targets are one line each; what they do stands in the scripts.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)

goagi: .FORCE
	CGO_ENABLED=0 go build -tags nethttpomithttp2 -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $@ .

test: ; @test/run
test-old: ; @test/run old
ci: ; @.ci/run
fuzz: ; @test/fuzz
bench: ; @bench/run
docs: ; go test ./luabind/... ./spec -run TestReference -update
site: ; @site/build
clean: ; rm -f goagi

.FORCE:
.PHONY: test test-old ci fuzz bench docs site clean .FORCE
