// Package redis talks to a Redis, or to what speaks as one (Valkey, KeyDB, Dragonfly):
// commands and replies as they are, over connections that many calls share.
//
//	call 1 ─┐                ┌─ connection ─┐
//	call 2 ─┼─ Pool.Do ──────┼─ connection ─┼─▶ Redis
//	call 3 ─┘   waits for    └─ connection ─┘
//	            a free one
//
// A command's end is its context's: a connection whose reply did not come is
// closed. It speaks RESP2, which all servers and all their versions do; it follows
// no redirection of a cluster and asks no sentinel.
package redis
