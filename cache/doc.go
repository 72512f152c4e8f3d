// Package cache keeps values for a time, in memory or in files, and has one of
// many that want the same value make it while the others wait.
//
//	        Get ──▶ value
//	        Change(fn) ──▶ value of before ─▶ fn ─▶ value of now       nobody comes between
//	        Claim ──▶ value, or the right to make it; others wait      until release
//	            │
//	  ┌─────────┴──────────┐
//	Memory               Files
//	one process          all processes that name the same folder
//
// It is no database: a value may be gone before its time, when there are too many
// or the machine loses its power. Values and keys are any bytes.
package cache
