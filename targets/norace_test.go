//go:build !race

package targets_test

// raceEnabled is false: the budget holds as it is.
const raceEnabled = false
