package ami

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"goagi/agi"
)

// Env implements [agi.Transport]. Of a block that Asterisk cut at 1,024 bytes the
// rest is asked for. Where some of it is lost, or Asterisk does not confirm it, for
// a caller may have written it, or the call was found waiting, so that its block was
// sent to somebody else, the values are asked for one by one, and what cannot be
// asked for is left out: callingpres, callington, callingtns, threadid.
func (c *Call) Env(ctx context.Context) (*agi.Env, error) {
	if c.env != nil {
		return c.env, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, agi.EnvTimeout, fmt.Errorf("%w within %v", ErrSilent, agi.EnvTimeout))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	env, err := c.readEnv()
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for the AGI environment: %w", err)
	}
	c.env = env
	return env, nil
}

func (c *Call) readEnv() (*agi.Env, error) {
	encoded, sent := c.start.Lookup("Env")
	block := decode(encoded)
	cut, missing := isCut(encoded)
	if sent && (cut || !strings.HasSuffix(block, "\n\n")) {
		rest := c.early
		if rest == nil {
			text, lost, err := c.rest()
			if err != nil {
				return nil, err
			}
			rest = &early{text, lost}
		}
		block, missing = block+rest.text, missing || rest.lost
	}
	if sent && !missing {
		if env, err := agi.ParseEnv(block, nil); err == nil && !env.Forged() && c.confirms(env) {
			return env, nil
		}
		missing = true // it is a caller's own text
	}
	data, err := c.value("${CHANNEL(appdata)}")
	if err != nil {
		return nil, err
	}
	words := arguments(data)
	if len(words) == 0 || !isAsync(words[0]) {
		return nil, fmt.Errorf("%w: it is cut or forged, and Asterisk's function CHANNEL(appdata) does not say what the dialplan asked for", agi.ErrProtocol)
	}
	if !sent || missing {
		if block, err = c.askBlock(); err != nil {
			return nil, err
		}
	}
	return agi.ParseEnv(block, words[1:])
}

// asked are the lines of the block that Asterisk can be asked for, and what it
// writes in them where there is nothing to say.
var asked = [...]struct{ name, expression, none string }{
	{"channel", "${CHANNEL}", ""},
	{"language", "${CHANNEL(language)}", ""},
	{"type", "${CHANNEL(channeltype)}", ""},
	{"uniqueid", "${UNIQUEID}", ""},
	{"callerid", "${CALLERID(num)}", "unknown"},
	{"calleridname", "${CALLERID(name)}", "unknown"},
	{"callingani2", "${CALLERID(ani2)}", "0"},
	{"dnid", "${CALLERID(dnid)}", "unknown"},
	{"rdnis", "${CALLERID(rdnis)}", "unknown"},
	{"context", "${CONTEXT}", ""},
	{"extension", "${EXTEN}", ""},
	{"priority", "${PRIORITY}", ""},
	{"accountcode", "${CHANNEL(accountcode)}", ""},
}

// askBlock makes the block by asking for each of its values.
func (c *Call) askBlock() (string, error) {
	var block strings.Builder
	block.WriteString("agi_request: async\n")
	for _, line := range asked {
		value, err := c.value(line.expression)
		if err != nil {
			return "", err
		}
		value = strings.NewReplacer("\n", " ", "\r", " ").Replace(orElse(value, line.none))
		fmt.Fprintf(&block, "agi_%s: %s\n", line.name, value)
	}
	response, err := c.conn.Do(c.life, Action("CoreSettings"))
	if _, refused := errors.AsType[*ActionError](err); err != nil && !refused {
		return "", err
	}
	fmt.Fprintf(&block, "agi_version: %s\nagi_enhanced: 0.0\n\n", response.Get("AsteriskVersion"))
	return block.String(), nil
}

// value evaluates an expression of ours on the channel. What is too long to come
// whole comes as far as it goes.
func (c *Call) value(expression string) (string, error) {
	text, _, err := c.exchange(`GET FULL VARIABLE "` + expression + `"`)
	if err != nil {
		return "", err
	}
	reply, err := agi.ParseReply(agi.Command{Name: "GET FULL VARIABLE"}, text)
	if err != nil {
		return "", err
	}
	return reply.Value, nil
}

// isAsync reports whether the first argument of the dialplan's AGI asks for Async
// AGI.
func isAsync(word string) bool {
	const async = "agi:async"
	return len(word) >= len(async) && strings.EqualFold(word[:len(async)], async)
}

// inAsync reports whether the data of the dialplan's AGI asks for Async AGI.
func inAsync(data string) bool {
	words := arguments(data)
	return len(words) > 0 && isAsync(words[0])
}

// arguments parts an application's data at its commas as Asterisk does for AGI:
// not within quotes, which go, nor within brackets, which stay, and what follows
// a backslash is as it is (main/app.c: __ast_app_separate_args).
func arguments(data string) (args []string) {
	if data == "" {
		return nil
	}
	var arg []byte
	round, square, quoted := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case b == '\\':
			if i++; i < len(data) {
				arg = append(arg, data[i])
			}
			continue
		case b == '"':
			quoted = !quoted
			continue
		case b == ',' && !quoted && round == 0 && square == 0:
			args, arg = append(args, string(arg)), nil
			continue
		case b == '(':
			round++
		case b == ')':
			round = max(0, round-1)
		case b == '[':
			square++
		case b == ']':
			square = max(0, square-1)
		}
		arg = append(arg, data[i])
	}
	return append(args, string(arg))
}
