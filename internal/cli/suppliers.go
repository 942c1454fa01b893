package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/host"
	"github.com/krustup/krustup/internal/supplier/kernelorg"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/toolchain"
)

// checkMirrorVariables checks the variables that name mirrors, as config.Load checks the addresses in files. A supplier
// would report a wrong address for each of its catalogues, as if a server did not answer.
func checkMirrorVariables() error {
	for _, variable := range []string{
		debian.MirrorVariable, debian.SecurityMirrorVariable,
		rustlang.MirrorVariable, rustlang.CratesVariable, rustlang.GitHubVariable, kernelorg.MirrorVariable,
	} {
		text := os.Getenv(variable)
		if text == "" {
			continue
		}
		if _, err := fetch.ParseMirrors(text, "http://mirror.example/archive"); err != nil {
			return fmt.Errorf("%s: %w", variable, err)
		}
	}
	return nil
}

// Suppliers returns the suppliers that --supplier names, in that order, else those of the configuration.
func (a *App) Suppliers(c *urfave.Context) ([]toolchain.Supplier, error) {
	settings, err := a.Config()
	if err != nil {
		return nil, err
	}
	names := c.StringSlice("supplier")
	if len(names) == 0 {
		names = settings.Suppliers
	}
	return a.SuppliersNamed(names, settings)
}

// SuppliersNamed returns the suppliers with these names, in this order. A name that is unknown or repeated is a
// *UsageError.
func (a *App) SuppliersNamed(names []string, settings config.Config) ([]toolchain.Supplier, error) {
	var list []toolchain.Supplier
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, &UsageError{Text: fmt.Sprintf("--supplier %s is given twice", name)}
		}
		s, err := a.Supplier(name, settings)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Supplier returns the supplier of that name. With --from it reads the kit, else its catalogues in the store and its
// mirrors.
func (a *App) Supplier(name string, settings config.Config) (toolchain.Supplier, error) {
	st, err := a.Store()
	if err != nil {
		return nil, err
	}
	client, err := a.client()
	if err != nil {
		return nil, err
	}
	catalogues, keyring, kit := st.Catalogues(), a.keyrings[name], ""
	if a.Kit != nil {
		catalogues, kit = store.Catalogues{Home: a.Kit.Catalogues}, a.Kit.URL
	}
	switch name {
	case debian.Name:
		var mirrors []debian.Mirror
		for _, archive := range []string{"debian", "debian-security"} {
			mirrors = append(mirrors, debian.Mirror{Archive: archive, URL: settings.Mirrors[archive].Value, From: settings.Mirrors[archive].From})
		}
		return debian.New(debian.Options{Catalogues: catalogues.Home, Base: catalogues.Base, Partial: st.PartialDir(), Client: client, Mirrors: mirrors, From: kit, Keyring: keyring})
	case rustlang.Name:
		mirrors := map[string]string{}
		for _, archive := range rustlang.Archives {
			mirrors[archive] = settings.Mirrors[archive].Value
		}
		return rustlang.New(rustlang.Options{Catalogues: catalogues.Home, Base: catalogues.Base, Client: client, Mirrors: mirrors, From: kit, Keyring: keyring})
	case kernelorg.Name:
		return kernelorg.New(kernelorg.Options{Catalogues: catalogues.Home, Base: catalogues.Base, Client: client, Mirror: settings.Mirrors[name].Value, From: kit, Keyring: keyring})
	case host.Name:
		return host.New(host.Options{Catalogues: catalogues.Home})
	}
	return nil, &UsageError{Text: fmt.Sprintf("unknown supplier %q: expected one of %s", name, strings.Join(config.Suppliers, ", "))}
}

// unreadable is a supplier whose catalogue could not be read: it has no offers, and reports why.
type unreadable struct {
	toolchain.Supplier
	why error
}

func (s unreadable) Offers(toolchain.Query) ([]toolchain.Offer, []toolchain.Unread, error) {
	return nil, []toolchain.Unread{{Supplier: s.Name(), Err: s.why}}, nil
}
