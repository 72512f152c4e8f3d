// Package ami speaks Asterisk's manager interface, and runs Async AGI over it.
package ami
