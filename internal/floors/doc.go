// Package floors has only tests. They enforce the project's budgets: which package may import which, which modules the
// project depends on, how long a file may be, and how large the program may be.
package floors
