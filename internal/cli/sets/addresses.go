package sets

import "net/url"

// redacted returns the addresses without passwords, and a remark if there are none.
func redacted(addresses []string) []string {
	var list []string
	for _, text := range addresses {
		if u, err := url.Parse(text); err == nil {
			text = u.Redacted()
		}
		list = append(list, text)
	}
	if len(list) == 0 {
		return []string{"from a supplier that is not in use"}
	}
	return list
}
