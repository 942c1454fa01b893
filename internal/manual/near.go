package manual

import "strings"

// Nearest returns the word that a user probably meant, "" if none is near. As in cargo, a third of the letters may
// differ; a transposition is one difference. Else it is the only word that starts with name.
func Nearest(name string, words []string) string {
	name = strings.ToLower(name)
	near, least := "", max(len(name), 3)/3+1
	for _, word := range words {
		if n := distance(name, word); n < least {
			near, least = word, n
		}
	}
	if near != "" || len(name) < 2 {
		return near
	}
	for _, word := range words {
		if strings.HasPrefix(word, name) {
			if near != "" {
				return ""
			}
			near = word
		}
	}
	return near
}

// distance returns how many letters have to be inserted, removed, replaced or exchanged with their neighbour to make b
// of a (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
