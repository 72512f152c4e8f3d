package sim

import "strings"

// read reads of what calls may share.
func (c *Call) read(shared map[string]string, name string) (value string, ok bool) {
	c.Share.Lock()
	defer c.Share.Unlock()
	value, ok = shared[name]
	return value, ok
}

// write writes to it.
func (c *Call) write(shared map[string]string, name, value string) {
	c.Share.Lock()
	defer c.Share.Unlock()
	shared[name] = value
}

func (s *session) databaseGet(argv []string) outcome {
	value, ok := s.c.read(s.c.DB, argv[2]+"/"+argv[3])
	if !ok {
		return s.result(0)
	}
	s.reply("200 result=1 (%s)", value)
	return done
}

func (s *session) databasePut(argv []string) outcome {
	s.c.write(s.c.DB, argv[2]+"/"+argv[3], argv[4])
	return s.result(1)
}

// databaseDel answers 1 for a key that is not there as well.
func (s *session) databaseDel(argv []string) outcome {
	s.c.Share.Lock()
	defer s.c.Share.Unlock()
	delete(s.c.DB, argv[2]+"/"+argv[3])
	return s.result(1)
}

// databaseDelTree answers 0 where it has deleted and 1 where there was nothing,
// the reverse of what the reference says (res_agi.c: handle_dbdeltree).
func (s *session) databaseDelTree(argv []string) outcome {
	s.c.Share.Lock()
	defer s.c.Share.Unlock()
	tree := strings.Join(argv[2:], "/")
	found := 1
	for key := range s.c.DB {
		if key == tree || strings.HasPrefix(key, tree+"/") {
			delete(s.c.DB, key)
			found = 0
		}
	}
	return s.result(found)
}
