package cache

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Memory is a Store of one process.
type Memory struct {
	most int64

	mu     sync.Mutex
	size   int64
	items  map[Key]*entry
	queue  queue
	making map[Key]chan struct{} // closed when the value's maker is done
	wants  map[Key]Key           // what the maker of a value waits for
}

// entry is a value and its place in the queue.
type entry struct {
	Item
	key Key
	at  int
}

// overhead is about what an entry takes beside its value.
const overhead = 200

// NewMemory makes one that holds up to so many bytes. Where values would take
// more, those that expire soonest go first.
func NewMemory(most int64) *Memory {
	return &Memory{most: most, items: make(map[Key]*entry), making: make(map[Key]chan struct{}), wants: make(map[Key]Key)}
}

// Close does nothing; it makes a Memory an io.Closer, as things that calls share
// are.
func (m *Memory) Close() error { return nil }

// Get gives a value.
func (m *Memory) Get(key Key) (Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(key), nil
}

func (m *Memory) get(key Key) Item {
	if e := m.items[key]; e != nil && e.good() {
		return e.Item
	}
	return Item{}
}

// Change replaces a value.
func (m *Memory) Change(_ context.Context, key Key, fn func(Item) (Item, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	item, err := fn(m.get(key))
	switch {
	case err != nil:
		return err
	case len(item.Value) > MaxValue:
		return tooLarge(item.Value)
	}
	if e := m.items[key]; e != nil {
		m.remove(e)
	}
	if item.good() {
		e := &entry{Item: item, key: key}
		m.items[key] = e
		heap.Push(&m.queue, e)
		m.size += e.size()
	}
	now := time.Now()
	for len(m.queue) > 0 && (m.size > m.most || !now.Before(m.queue[0].Expires)) {
		m.remove(m.queue[0])
	}
	return nil
}

func (m *Memory) remove(e *entry) {
	heap.Remove(&m.queue, e.at)
	delete(m.items, e.key)
	m.size -= e.size()
}

// Claim gives a value, or the right to make it.
func (m *Memory) Claim(ctx context.Context, key Key, holds ...Key) (Item, func(), error) {
	for {
		m.mu.Lock()
		item, made := m.get(key), m.making[key]
		if item.Value == nil && made == nil {
			made = make(chan struct{})
			m.making[key] = made
			m.mu.Unlock()
			return Item{}, func() {
				m.mu.Lock()
				delete(m.making, key)
				m.mu.Unlock()
				close(made)
			}, nil
		}
		var err error
		if item.Value == nil {
			err = m.wait(key, holds)
		}
		m.mu.Unlock()
		if item.Value != nil || err != nil {
			return item, nil, err
		}
		select {
		case <-made:
			m.waited(holds)
		case <-ctx.Done():
			m.waited(holds)
			return Item{}, nil, context.Cause(ctx)
		}
	}
}

func (e *entry) size() int64 { return int64(len(e.Value)) + overhead }

// queue holds entries, the one that expires first in front: a heap.
type queue []*entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].Expires.Before(q[j].Expires) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

// Push is for container/heap.
func (q *queue) Push(x any) {
	e := x.(*entry)
	e.at = len(*q)
	*q = append(*q, e)
}

// Pop is for container/heap.
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return e
}
