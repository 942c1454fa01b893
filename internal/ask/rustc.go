package ask

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// accepted is Answer.Said for a thing that needs an opt-in but was accepted without RUSTC_BOOTSTRAP.
const accepted = "accepted without an opt-in: this is a nightly"

// common returns the flags of every compilation. Its output goes to the scratch directory and never to a device.
func (a asker) common() []string {
	return []string{"--error-format=json", "--crate-type=lib", "--edition=2021", "--out-dir", a.dir}
}

// compile runs rustc on a crate.
func (a asker) compile(source string, bootstrap bool, args ...string) (heard, error) {
	name, err := a.crate(source)
	if err != nil {
		return heard{}, err
	}
	return a.run(bootstrap, append(append(a.common(), args...), name)...)
}

// feature asks about a gate with RUSTC_BOOTSTRAP, and then without, to find out whether it needs the opt-in.
func (a asker) feature() (Answer, error) {
	source := "#![feature(" + a.question.name + ")]\n"
	with, err := a.compile(source, true, "--emit=metadata")
	if err != nil {
		return Answer{}, err
	}
	if _, unknown := with.coded("E0635"); unknown {
		// rustc knows only the library gates of the crates in use, and proc_macro is not in use by default.
		wider, err := a.compile(source+"extern crate proc_macro;\n", true, "--emit=metadata")
		if err != nil {
			return Answer{}, err
		}
		if wider.ok {
			source, with = source+"extern crate proc_macro;\n", wider
		}
	}
	for code, state := range map[string]State{"E0635": Unknown, "E0557": Removed, "stable_features": Stable} {
		if d, ok := with.coded(code); ok {
			return Answer{State: state, Since: d.release(), Code: code, Said: d.Message}, nil
		}
	}
	if !with.ok {
		return Answer{}, a.unclear(with)
	}
	without, err := a.compile(source, false, "--emit=metadata")
	if err != nil {
		return Answer{}, err
	}
	d, refused := without.coded("E0554")
	switch {
	case refused:
		return Answer{State: Unstable, Code: "E0554", Said: d.Message}, nil
	case without.ok:
		return Answer{State: Unstable, Said: accepted}, nil
	}
	return Answer{}, a.unclear(without)
}

// notKnown are the phrases of rustc and rustdoc for an option, or a value of one, that they do not know.
var notKnown = []string{
	"unknown unstable option", "unknown codegen option", "Unrecognized option", "incorrect value", "unknown emission type", "unknown print request",
}

// flag asks about an option of rustc or rustdoc, with RUSTC_BOOTSTRAP and then without. An option that the tool refuses
// for another reason than that it is unknown is supported: -Zfixed-x18 on x86. In that case a run without the option
// checks that the tool works at all.
func (a asker) flag() (Answer, error) {
	args := strings.Fields(a.question.name)
	run := func(bootstrap bool, args ...string) (heard, error) {
		if a.question.kind == Rustc && !strings.HasPrefix(a.question.name, "--emit") {
			args = append(args, "--emit=metadata")
		}
		return a.compile("", bootstrap, args...)
	}
	with, err := run(true, append(args, "-Zunstable-options")...)
	if err != nil {
		return Answer{}, err
	}
	if said := with.saying(notKnown...); said != "" {
		return Answer{State: Unknown, Said: said}, nil
	}
	if said := with.saying("is deprecated and does nothing", "this option has been removed"); said != "" {
		return Answer{State: Removed, Said: said}, nil
	}
	if !with.ok {
		if plain, err := run(true); err != nil {
			return Answer{}, err
		} else if !plain.ok {
			return Answer{}, a.unclear(plain)
		}
	}
	without, err := run(false, args...)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{State: Unstable, Said: without.firstError()}
	switch optIn := strings.HasPrefix(a.question.name, "-Z"); {
	case without.ok && optIn:
		answer.Said = accepted
	case !optIn && (without.ok || answer.Said == with.firstError()): // accepted, or refused for the same reason as with the opt-in
		answer.State = Stable
	}
	return answer, nil
}

// target asks whether a JSON file can be a target. Since 1.95 it needs -Zunstable-options.
func (a asker) target() (Answer, error) {
	spec, err := a.run(true, "-Zunstable-options", "--print=target-spec-json", "--target="+a.question.name)
	if err != nil {
		return Answer{}, err
	}
	if said := spec.saying("Could not find specification", "could not find specification"); said != "" {
		return Answer{State: Unknown, Said: said}, nil
	}
	if !spec.ok {
		return Answer{}, a.unclear(spec)
	}
	name := filepath.Join(a.dir, "asked.json")
	if err := os.WriteFile(name, []byte(spec.stdout), 0o644); err != nil {
		return Answer{}, fmt.Errorf("asking %q: %w", a.question, err)
	}
	args := []string{"--error-format=json", "--print=cfg", "--target=" + name}
	without, err := a.run(false, args...)
	if err != nil || without.ok {
		return Answer{State: Ungated}, err
	}
	with, err := a.run(true, append(args, "-Zunstable-options")...)
	if err != nil {
		return Answer{}, err
	}
	if !with.ok {
		return Answer{}, a.unclear(with)
	}
	return Answer{State: Unstable, Said: without.firstError()}, nil
}
