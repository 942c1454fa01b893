// Package floors holds no code: its tests keep the project's budgets, that is which package may import which, which
// modules are depended on, and how large the program may be.
package floors
