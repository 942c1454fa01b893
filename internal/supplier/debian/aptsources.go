package debian

import (
	"bytes"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/krustup/krustup/internal/fetch"
)

// aptEntry is one source of binary packages in apt's configuration.
type aptEntry struct {
	uri        string
	components []string
	signedBy   string
	file       string // path of the file that has it
}

// aptMirrors returns the first mirror of each archive in apt's configuration. The suites that the machine uses do not
// matter, because every mirror has all suites. Files that cannot be read or parsed are ignored; apt reports them.
// https://manpages.debian.org/stable/apt/sources.list.5.en.html
func aptMirrors(root string) map[string]Mirror {
	found := map[string]Mirror{}
	for _, e := range aptEntries(root) {
		m, ok := e.mirror()
		if _, known := found[m.Archive]; ok && !known {
			m.From = e.file
			found[m.Archive] = m
		}
	}
	return found
}

// aptEntries returns the entries of all files that apt reads, in apt's order.
func aptEntries(root string) []aptEntry {
	files := []string{filepath.Join(root, "sources.list")}
	parts, _ := os.ReadDir(filepath.Join(root, "sources.list.d")) // sorted; none if it cannot be read
	for _, part := range parts {
		if aptFileName.MatchString(part.Name()) {
			files = append(files, filepath.Join(root, "sources.list.d", part.Name()))
		}
	}
	var all []aptEntry
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var entries []aptEntry
		switch filepath.Ext(file) {
		case ".list":
			entries = parseOneLineSources(string(data))
		case ".sources":
			entries = parseDeb822Sources(data)
		}
		for _, e := range entries {
			e.file = file
			all = append(all, e)
		}
	}
	return all
}

// aptFileName matches the names of files in sources.list.d that apt does not ignore.
var aptFileName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*$`)

// mirror returns the mirror that an entry names. ok is false if it is not a mirror of Debian's archive. Other archives
// use paths like Debian's, and some of Ubuntu's names have another meaning in Debian. So the path must end as Debian's
// does, the component must be Debian's, and a signing key, if there is one, must be Debian's. If the archive is another
// one nevertheless, its files fail verification.
func (e aptEntry) mirror() (Mirror, bool) {
	uri := e.uri
	if rest, ok := strings.CutPrefix(uri, "file:/"); ok {
		uri = "file:///" + strings.TrimLeft(rest, "/") // apt accepts file:/srv/debian
	}
	base, err := fetch.ParseMirror(uri, example)
	if err != nil || !slices.Contains(e.components, "main") {
		return Mirror{}, false
	}
	if e.signedBy != "" && !strings.HasPrefix(path.Base(e.signedBy), "debian-archive-") {
		return Mirror{}, false
	}
	switch archive := path.Base(base); archive {
	case "debian", securityArchive:
		return Mirror{Archive: archive, URL: base}, true
	}
	return Mirror{}, false
}

// parseOneLineSources parses lines of the form "deb [option=value ...] uri suite component...".
func parseOneLineSources(text string) []aptEntry {
	var entries []aptEntry
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		rest, ok := strings.CutPrefix(line, "deb")
		if !ok || strings.TrimLeft(rest, " \t\r\v\f") == rest { // apt separates words by any white space
			continue
		}
		rest = strings.TrimSpace(rest)
		var e aptEntry
		if inner, ok := strings.CutPrefix(rest, "["); ok {
			options, after, closed := strings.Cut(inner, "]")
			if !closed {
				continue
			}
			rest = after
			for _, option := range strings.Fields(options) {
				if key, value, _ := strings.Cut(option, "="); strings.EqualFold(key, "signed-by") {
					e.signedBy = strings.Trim(value, `"`)
				}
			}
		}
		words := aptWords(rest)
		if len(words) < 3 {
			continue // a flat repository has no component
		}
		e.uri, e.components = words[0], words[2:]
		entries = append(entries, e)
	}
	return entries
}

// aptWords splits text at white space outside of quotes and brackets, removes the quotes, and decodes %20 and the like.
func aptWords(text string) []string {
	var words []string
	var word strings.Builder
	inside := ' ' // the end of a quotation
	for _, r := range text + " " {
		switch {
		case inside == ' ' && unicode.IsSpace(r):
			if word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			continue
		case inside == ' ' && r == '"':
			inside = '"'
			continue
		case inside == '"' && r == '"':
			inside = ' '
			continue
		case inside == ' ' && r == '[':
			inside = ']'
		case inside == ']' && r == ']':
			inside = ' '
		}
		word.WriteRune(r)
	}
	for i, w := range words {
		if plain, err := url.PathUnescape(w); err == nil {
			words[i] = plain
		}
	}
	return words
}

// parseDeb822Sources parses the deb822 format of sources, in which a paragraph can name several addresses.
func parseDeb822Sources(data []byte) []aptEntry {
	var lines [][]byte
	for line := range bytes.Lines(data) {
		line = bytes.TrimRight(line, "\r\n") // a line of blanks alone does not end a paragraph
		if !bytes.HasPrefix(line, []byte("#")) {
			lines = append(lines, line)
		}
	}
	var entries []aptEntry
	// An error ends the file; the entries before it are used.
	_ = scanStanzas("", bytes.NewReader(bytes.Join(lines, []byte("\n"))), func(s stanza) error {
		var e aptEntry
		var uris, types []string
		enabled := true
		for field, value := range s.fields() {
			switch strings.ToLower(string(field)) {
			case "types":
				types = strings.Fields(string(value))
			case "uris":
				uris = strings.Fields(string(value))
			case "components":
				e.components = strings.Fields(string(value))
			case "signed-by":
				e.signedBy = string(value)
			case "enabled":
				enabled = !slices.Contains([]string{"no", "false", "without", "off", "disable", "0"}, strings.ToLower(string(value)))
			}
		}
		if !enabled || !slices.Contains(types, "deb") {
			return nil
		}
		for _, uri := range uris {
			e.uri = uri
			entries = append(entries, e)
		}
		return nil
	})
	return entries
}
