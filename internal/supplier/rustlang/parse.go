package rustlang

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

// parseChannel parses a manifest strictly: an unknown table, key or type is an error, and so is a duplicate. name is
// the URL of the manifest, for messages. Errors are *ManifestError. parseChannel reads the expressions of the library's
// parser one by one, which takes a tenth of the time of decoding into structs: a manifest has 36,000 lines, and only a
// dozen matter.
func parseChannel(name string, data []byte) (*channel, error) {
	r := &reader{name: name, data: data, seen: map[string]bool{}}
	r.channel.packages = map[string]*channelPackage{}
	r.enter(nil, inTop)
	r.parser.Reset(data)
	for r.parser.NextExpression() {
		if err := r.expression(r.parser.Expression()); err != nil {
			return nil, err
		}
	}
	if err := r.parser.Error(); err != nil {
		return nil, &ManifestError{name, "not TOML: " + err.Error()}
	}
	c := &r.channel
	if c.version != "2" {
		return nil, &ManifestError{name, fmt.Sprintf("manifest-version %q, expected \"2\"", c.version)}
	}
	if _, err := time.Parse(time.DateOnly, c.date); err != nil {
		return nil, &ManifestError{name, fmt.Sprintf("date %q, expected YYYY-MM-DD", c.date)}
	}
	return c, nil
}

// shape is a kind of table.
type shape uint8

const (
	inTop       shape = iota + 1
	inNothing         // [pkg], [renames], …: tables without keys
	inPackage         // [pkg.NAME]
	inTarget          // [pkg.NAME.target.TRIPLE]
	inPart            // [[pkg.NAME.target.TRIPLE.components]], and extensions
	inRename          // [renames.NAME]
	inProfiles        // [profiles]
	inArtifacts       // [[artifacts.NAME.target.TRIPLE]]
)

// types maps the keys that a table may have to the kinds of their values.
var types = map[shape]map[string]unstable.Kind{
	inTop:     {"manifest-version": unstable.String, "date": unstable.String},
	inNothing: {},
	inPackage: {"version": unstable.String, "git_commit_hash": unstable.String},
	inTarget: {
		"available": unstable.Bool, "url": unstable.String, "hash": unstable.String, "xz_url": unstable.String,
		"xz_hash": unstable.String, "components": unstable.Array, "extensions": unstable.Array,
	},
	inPart:      {"pkg": unstable.String, "target": unstable.String, "is_extension": unstable.Bool},
	inRename:    {"to": unstable.String},
	inArtifacts: {"url": unstable.String, "hash-sha256": unstable.String},
}

type reader struct {
	name    string
	data    []byte
	parser  unstable.Parser
	channel channel
	seen    map[string]bool // tables
	keys    []string        // keys of the current table so far
	in      shape
	pkg     *channelPackage
	target  *channelTarget
}

func (r *reader) fail(at *unstable.Node, format string, args ...any) error {
	line := 1 + bytes.Count(r.data[:min(int(at.Raw.Offset), len(r.data))], []byte("\n"))
	return &ManifestError{fmt.Sprintf("%s:%d", r.name, line), fmt.Sprintf(format, args...)}
}

func (r *reader) expression(e *unstable.Node) error {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		return r.header(e)
	case unstable.KeyValue:
		return r.keyValue(e)
	case unstable.Comment:
		return nil
	}
	return r.fail(e, "found %v, expected a table or a key", e.Kind)
}

func (r *reader) header(e *unstable.Node) error {
	var path []string
	first := e
	for it := e.Key(); it.Next(); {
		if len(path) == 0 {
			first = it.Node()
		}
		path = append(path, string(it.Node().Data))
	}
	in := shapeOf(path, e.Kind == unstable.ArrayTable)
	if in == 0 {
		return r.fail(first, "unknown table %q", strings.Join(path, "."))
	}
	if e.Kind == unstable.Table {
		name := strings.Join(path, "\x00")
		if r.seen[name] {
			return r.fail(first, "table %q is defined twice", strings.Join(path, "."))
		}
		r.seen[name] = true
	}
	r.enter(path, in)
	return nil
}

// shapeOf returns the shape of the table with a path, or 0 if the format has no such table.
func shapeOf(path []string, array bool) shape {
	switch {
	case array && len(path) == 5 && path[0] == "pkg" && path[2] == "target" && (path[4] == "components" || path[4] == "extensions"):
		return inPart
	case array && len(path) == 4 && path[0] == "artifacts" && path[2] == "target":
		return inArtifacts
	case array:
		return 0
	}
	switch path[0] {
	case "pkg":
		switch {
		case len(path) == 4 && path[2] == "target":
			return inTarget
		case len(path) == 2:
			return inPackage
		case len(path) == 1 || len(path) == 3 && path[2] == "target":
			return inNothing
		}
	case "renames":
		if len(path) <= 2 {
			return [...]shape{inNothing, inRename}[len(path)-1]
		}
	case "profiles":
		if len(path) == 1 {
			return inProfiles
		}
	case "artifacts":
		if len(path) <= 2 || len(path) == 3 && path[2] == "target" {
			return inNothing
		}
	}
	return 0
}

func (r *reader) enter(path []string, in shape) {
	r.in, r.keys = in, r.keys[:0]
	r.pkg, r.target = nil, nil
	if in != inPackage && in != inTarget {
		return
	}
	if r.pkg = r.channel.packages[path[1]]; r.pkg == nil {
		r.pkg = &channelPackage{targets: map[string]*channelTarget{}}
		r.channel.packages[path[1]] = r.pkg
	}
	if in == inTarget {
		r.target = &channelTarget{}
		r.pkg.targets[path[3]] = r.target
	}
}

func (r *reader) keyValue(e *unstable.Node) error {
	it := e.Key()
	it.Next()
	node := it.Node()
	key := string(node.Data)
	if it.Next() {
		return r.fail(node, "dotted key %q", key)
	}
	value := e.Value()
	want, known := types[r.in][key]
	if r.in == inProfiles {
		want, known = unstable.Array, true
	}
	switch {
	case !known:
		return r.fail(node, "unknown key %q", key)
	case value.Kind != want:
		return r.fail(node, "%s is %v, expected %v", key, value.Kind, want)
	case want == unstable.Array && r.in != inProfiles && value.Child() != nil:
		return r.fail(node, "%s is not empty: expected its tables as [[...]]", key)
	}
	for _, earlier := range r.keys {
		if earlier == key {
			return r.fail(node, "key %q is defined twice", key)
		}
	}
	r.keys = append(r.keys, key)
	r.set(key, value)
	return nil
}

func (r *reader) set(key string, value *unstable.Node) {
	var to *string
	switch r.in {
	case inTop:
		to = map[string]*string{"manifest-version": &r.channel.version, "date": &r.channel.date}[key]
	case inPackage:
		if key == "version" {
			to = &r.pkg.version
		}
	case inTarget:
		switch key {
		case "available":
			r.target.available = string(value.Data) == "true"
		case "url":
			to = &r.target.url
		case "hash":
			to = &r.target.hash
		case "xz_url":
			to = &r.target.xzURL
		case "xz_hash":
			to = &r.target.xzHash
		}
	}
	if to != nil {
		*to = string(value.Data)
	}
}
