package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Name is the name of this supplier in offers.
const Name = "host"

// Options configure a Supplier.
type Options struct {
	Catalogues string // directory of catalogues; the supplier writes below host/ in it
	Look       Places // where to search for tools; the zero value: the places of this machine
}

// Supplier offers the tools of this machine.
type Supplier struct {
	opts Options
	here toolchain.Host
}

var _ toolchain.Supplier = (*Supplier)(nil)

// New returns a Supplier. It reads only environment variables and the names of directories. It returns an error if
// krustup does not support this machine's architecture.
func New(opts Options) (*Supplier, error) {
	here, err := toolchain.ParseHost(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	if opts.Look.Path == nil {
		opts.Look = thisMachine()
	}
	return &Supplier{opts: opts, here: here}, nil
}

// catalogue is the file that Update writes.
type catalogue struct {
	Schema int       `json:"schema"`
	Made   time.Time `json:"made"`
	Places Places    `json:"places"` // where Update searched
	Tools  []tool    `json:"tools"`
}

const schema = 2

// tool is one component found in one place.
type tool struct {
	Component toolchain.Component `json:"component"`
	Version   version.Version     `json:"version"` // zero: unknown, and the tool has a problem
	Label     string              `json:"label"`   // the first line of its version output
	Where     string              `json:"where"`   // "rustup stable-x86_64-unknown-linux-gnu", "/usr/bin"
	Channel   string              `json:"channel,omitempty"`
	Triple    string              `json:"triple,omitempty"`
	LLVM      version.Version     `json:"llvm,omitzero"`
	Libclang  version.Version     `json:"libclang,omitzero"`
	Backends  []targets.Backend   `json:"backends,omitempty"`
	Programs  map[string]string   `json:"programs"` // absolute paths by name
	Paths     map[string]string   `json:"paths,omitempty"`
	Files     []toolchain.Found   `json:"files"`             // state of the programs at the last Update
	Problem   string              `json:"problem,omitempty"` // why it cannot be used, and what would help; "": it can
}

// UnusableError reports that a tool of this machine cannot be offered.
type UnusableError struct{ Why string }

func (e *UnusableError) Error() string { return e.Why }

// Name returns "host".
func (s *Supplier) Name() string { return Name }

// Components returns the components that Update looks for.
func (s *Supplier) Components() []toolchain.Component {
	return []toolchain.Component{toolchain.Rust, toolchain.Cargo, toolchain.LLVM, toolchain.GCC, toolchain.Bindgen, toolchain.Pahole}
}

// Keyring returns nil, because none of the tools is signed.
func (s *Supplier) Keyring() *trust.Keyring { return nil }

// Published returns nothing, because there are no signed documents about the tools.
func (s *Supplier) Published(toolchain.Host, []toolchain.Artifact) (toolchain.Publication, error) {
	return toolchain.Publication{}, nil
}

// Locate always returns an error, because the tools are not fetched.
func (s *Supplier) Locate(a toolchain.Artifact) ([]string, error) {
	return nil, fmt.Errorf("artifact %s: supplier host has nothing to fetch", a.Name)
}

func (s *Supplier) file() string {
	return filepath.Join(s.opts.Catalogues, Name, s.here.String()+".json")
}

// Update searches for tools and writes the catalogue. It runs each tool to ask for its version, and does not use the
// network.
func (s *Supplier) Update(ctx context.Context, host toolchain.Host, _ toolchain.UpdateOptions) error {
	if host != s.here {
		return fmt.Errorf("supplier host: this machine is %s, but its tools do not run on %s", s.here, host)
	}
	tools, err := s.opts.Look.find(ctx)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(catalogue{Schema: schema, Made: time.Now().UTC().Truncate(time.Second), Places: s.opts.Look, Tools: tools}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.file()), 0o755); err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("writing catalogue: %w", context.Cause(ctx))
	}
	return disk.ReplaceFile(s.file(), append(data, '\n'))
}

func (s *Supplier) load() (*catalogue, error) {
	data, err := os.ReadFile(s.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading catalogue: %w", err)
	}
	var c catalogue
	if err := json.Unmarshal(data, &c); err != nil || c.Schema != schema || !reflect.DeepEqual(c.Places, s.opts.Look) {
		return nil, nil // another version of krustup wrote it, or PATH is another one; the next Update writes a new one
	}
	return &c, nil
}

// Offers returns the tools in the catalogue that did not change since. Tools that cannot be used are in the second
// result with their reasons. The error is a *toolchain.NoCatalogueError before the first Update.
func (s *Supplier) Offers(q toolchain.Query) ([]toolchain.Offer, []toolchain.Unread, error) {
	if q.Host != s.here {
		return nil, []toolchain.Unread{{Supplier: Name, Err: fmt.Errorf("supplier host: this machine is %s", s.here)}}, nil
	}
	c, err := s.load()
	if err != nil {
		return nil, nil, err
	}
	if c == nil {
		return nil, nil, &toolchain.NoCatalogueError{Supplier: Name, Host: q.Host}
	}
	var offers []toolchain.Offer
	var unread []toolchain.Unread
	for _, t := range c.Tools {
		if !slices.Contains(q.Components, t.Component) || !t.serves(q.Target) {
			continue
		}
		if err := t.usable(); err != nil {
			unread = append(unread, toolchain.Unread{Supplier: Name, Suite: t.Where, Component: t.Component, Version: t.Version, Err: err})
			continue
		}
		offers = append(offers, t.offer(s.here))
	}
	return offers, unread, nil
}

// serves reports whether the tool can be used for a target: a cross compiler must be for its machine.
func (t tool) serves(target targets.Target) bool {
	return t.Triple == "" || sameMachine(t.Triple, target.Debian) || sameMachine(t.Triple, target.GNU) || sameMachine(t.Triple, target.Crosstool)
}

func (t tool) usable() error {
	for _, was := range t.Files {
		is, err := toolchain.Look(was.Path)
		if err != nil || is.Size != was.Size || !is.Modified.Equal(was.Modified) {
			return &UnusableError{was.Path + " has changed or was removed: run krustup update --supplier host"}
		}
	}
	if t.Problem != "" {
		return &UnusableError{t.Problem}
	}
	return nil
}

func (t tool) offer(host toolchain.Host) toolchain.Offer {
	return toolchain.Offer{
		Component: t.Component, Version: t.Version, Label: t.Label, Supplier: Name, Suite: t.Where, Host: host, Triple: t.Triple,
		LLVM: t.LLVM, Libclang: t.Libclang, Channel: t.Channel, Backends: t.Backends, Untrusted: true, Key: t.key(),
	}
}

func (t tool) key() string {
	text := string(t.Component) + " " + t.Version.String() + " " + t.Triple + " " + t.Where
	switch {
	case t.Version.IsZero():
		text += " " + t.Label
	case t.Component == toolchain.Bindgen && !t.Libclang.IsZero():
		text += " libclang " + t.Libclang.String()
	}
	return text
}

// Complete returns a recipe with the paths, relative to /, of an offer's programs.
func (s *Supplier) Complete(o toolchain.Offer) (toolchain.Recipe, error) {
	c, err := s.load()
	if err != nil {
		return toolchain.Recipe{}, err
	}
	if c == nil {
		return toolchain.Recipe{}, &toolchain.NoCatalogueError{Supplier: Name, Host: o.Host}
	}
	at := slices.IndexFunc(c.Tools, func(t tool) bool { return t.key() == o.Key })
	if at < 0 {
		return toolchain.Recipe{}, fmt.Errorf("%s %s in %s is no longer available: run krustup update --supplier host", o.Component, o.Version, o.Suite)
	}
	r := toolchain.Recipe{Layout: toolchain.LayoutHost, Tools: map[string]string{}, Paths: map[string]string{}}
	for name, path := range c.Tools[at].Programs {
		r.Tools[name] = path[1:] // relative to /
	}
	for key, path := range c.Tools[at].Paths {
		r.Paths[key] = path[1:]
	}
	return r, nil
}

// Status returns the time of the last Update.
func (s *Supplier) Status(toolchain.Host) ([]toolchain.Status, error) {
	c, err := s.load()
	status := toolchain.Status{Part: "this machine", Untrusted: true, Err: err}
	if c != nil {
		status.Date = c.Made
	}
	return []toolchain.Status{status}, nil
}
