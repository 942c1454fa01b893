package kconfig

import "github.com/krustup/krustup/internal/kconfig/syntax"

// unchanged reports whether the configuration that was read is surely the one that conf would write. Without that, conf
// writes what it computed first (conf_read in scripts/kconfig/confdata.c).
func (e *Evaluation) unchanged() bool {
	if len(e.base().Warnings) > 0 || len(e.changes) > 0 {
		return false
	}
	for name := range e.config.last {
		if e.tree.symbols[name] == nil {
			return false
		}
	}
	for _, s := range e.tree.symbols {
		if s.kind == "" {
			continue
		}
		r := e.result(s.name)
		user, set := e.user(s)
		written := e.written(s, r)
		switch {
		case set != written:
			return false
		case !set:
		case s.tristate():
			if r.setting.Tristate() != syntax.Exactly(user.tri) {
				return false
			}
		case r.setting.State != syntax.Set || r.setting.Text != user.text:
			return false
		}
	}
	return true
}

// written reports whether conf writes a line for a symbol (SYMBOL_WRITE).
func (e *Evaluation) written(s *symbol, r *result) bool {
	switch {
	case s.transitional:
		return false
	case !r.visible.Fails():
		return true
	case s.choice != nil:
		return false
	case !s.tristate():
		for _, entry := range s.entries {
			for _, d := range entry.Defaults {
				if _, single := d.Expr.(syntax.Operand); single && !e.where(entry, d.If).Fails() {
					return true
				}
			}
		}
		return false
	}
	return !r.setting.Tristate().Fails() || !e.selected(s.selects).Fails() || !e.selected(s.implies).Fails()
}
