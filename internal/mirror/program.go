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

// ProgramError reports a program that cannot be put into a bundle.
type ProgramError struct{ Path, Reason string }

func (e *ProgramError) Error() string { return e.Path + ": " + e.Reason }

// mainPackage is the main package in the build information of every krustup.
const mainPackage = "github.com/krustup/krustup/cmd/krustup"

// ReadProgram reads a krustup program for a bundle. It returns a *ProgramError if the file is missing, is not a krustup
// program, is for an unsupported host, or needs an interpreter and so could not run on every machine of its host.
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
		return refuse("it is not an ELF program: %v", err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			return refuse("it is not statically linked: a machine without its C library could not run it")
		}
	}
	info, err := buildinfo.Read(bytes.NewReader(data))
	if err != nil || info.Path != mainPackage {
		return refuse("it is not a krustup program")
	}
	machines := map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "aarch64"}
	host, err := toolchain.ParseHost(machines[file.Machine])
	if err != nil {
		return refuse("it is for %v, but krustup runs only on x86_64 and aarch64", file.Machine)
	}
	return Program{Host: host, Data: data}, nil
}
