package mirror

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/krustup/krustup/toolchain"
)

// ProgramError says that a program cannot go into a bundle.
type ProgramError struct{ Path, Reason string }

func (e *ProgramError) Error() string { return e.Path + ": " + e.Reason }

// mainPackage is what a krustup says of itself, whatever it was built for.
const mainPackage = "github.com/krustup/krustup/cmd/krustup"

// ReadProgram reads a krustup for a bundle. It has to run on any machine of its host: one that wants an interpreter, that
// is no krustup or for a host that krustup does not know is a *ProgramError.
func ReadProgram(name string) (Program, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Program{}, &ProgramError{name, "no such file"}
	}
	if err != nil {
		return Program{}, fmt.Errorf("reading krustup: %w", err)
	}
	refuse := func(format string, args ...any) (Program, error) {
		return Program{}, &ProgramError{name, fmt.Sprintf(format, args...)}
	}
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return refuse("it is no ELF program: %v", err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			return refuse("it is not static: a machine without its C library could not run it")
		}
	}
	info, err := buildinfo.Read(bytes.NewReader(data))
	if err != nil || info.Path != mainPackage {
		return refuse("it is no krustup")
	}
	machines := map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "aarch64"}
	host, err := toolchain.ParseHost(machines[file.Machine])
	if err != nil {
		return refuse("it is for %v, and krustup runs on x86_64 and aarch64", file.Machine)
	}
	return Program{Host: host, Data: data}, nil
}
