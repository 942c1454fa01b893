package debian

import (
	"bytes"
	"io"
	"path"
)

// graph is the dependency graph of the package names of one index. There is an edge for every alternative of a
// dependency, and from every provided name to the packages that provide it. All versions of a package are one node.
type graph struct {
	ids   map[string]int32
	names []string
	edges [][]int32
}

// readGraph reads a whole index and keeps only names.
func readGraph(name string, r io.Reader) (*graph, error) {
	g := &graph{ids: map[string]int32{}}
	err := scanStanzas(name, r, func(s stanza) error {
		var self []byte
		var depends, provides [3][]byte
		for field, value := range s.fields() {
			switch string(field) {
			case "Package":
				self = value
			case "Depends":
				depends[0] = value
			case "Pre-Depends":
				depends[1] = value
			case "Provides":
				provides[0] = value
			}
		}
		if len(self) == 0 {
			return &FormatError{Name: name, Reason: "a paragraph has no Package"}
		}
		id := g.node(self)
		for _, field := range depends {
			eachName(field, func(name []byte) { g.edges[id] = append(g.edges[id], g.node(name)) })
		}
		for _, field := range provides {
			eachName(field, func(name []byte) {
				provided := g.node(name)
				g.edges[provided] = append(g.edges[provided], id)
			})
		}
		return nil
	})
	return g, err
}

func (g *graph) node(name []byte) int32 {
	if id, ok := g.ids[string(name)]; ok {
		return id
	}
	id := int32(len(g.names))
	text := string(name)
	g.ids[text] = id
	g.names = append(g.names, text)
	g.edges = append(g.edges, nil)
	return id
}

// eachName yields the package names of a dependency field. It does not validate the field: a catalogue may contain more
// packages than necessary, and the fields of chosen packages are parsed in full.
func eachName(field []byte, yield func(name []byte)) {
	for len(field) > 0 {
		end := bytes.IndexAny(field, ",|")
		part := field
		if end >= 0 {
			part, field = field[:end], field[end+1:]
		} else {
			field = nil
		}
		part = bytes.TrimSpace(part)
		if stop := bytes.IndexAny(part, " (:\t\n"); stop >= 0 {
			part = part[:stop]
		}
		if len(part) > 0 {
			yield(part)
		}
	}
}

// reach returns the names that can be reached from the roots in the union of all graphs, because a package of a later
// suite may need one that only an earlier suite has. Names that isCut reports are neither followed nor returned, unless
// they are roots.
func reach(graphs []*graph, isRoot, isCut func(name string) bool) map[string]bool {
	seen := map[string]bool{}
	var queue []string
	for _, g := range graphs {
		for _, name := range g.names {
			if !seen[name] && isRoot(name) {
				seen[name] = true
				queue = append(queue, name)
			}
		}
	}
	for len(queue) > 0 {
		name := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, g := range graphs {
			id, ok := g.ids[name]
			if !ok {
				continue
			}
			for _, next := range g.edges[id] {
				if to := g.names[next]; !seen[to] && !isCut(to) {
					seen[to] = true
					queue = append(queue, to)
				}
			}
		}
	}
	return seen
}

// matchesAny reports whether a package name matches one of the patterns. They have the syntax of path.Match, which was
// checked when the manifest was read.
func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, name); ok && err == nil {
			return true
		}
	}
	return false
}
