//go:build race

package targets_test

// raceEnabled loosens the time budget: the race detector costs about ten times.
const raceEnabled = true
