package doctor

import (
	"os"
	"slices"
	"strings"
)

// Distribution is what /etc/os-release says (https://www.freedesktop.org/software/systemd/man/os-release.html).
type Distribution struct {
	ID   string   // "debian", "fedora"
	Like []string // from ID_LIKE, the nearest first
	Name string   // PRETTY_NAME, for people
}

// ThisDistribution reads the machine's os-release; the zero Distribution when there is none.
func ThisDistribution() Distribution {
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if data, err := os.ReadFile(path); err == nil {
			return ParseOSRelease(string(data))
		}
	}
	return Distribution{}
}

// ParseOSRelease reads the text of an os-release file. Lines that it does not know are passed over.
func ParseOSRelease(text string) Distribution {
	var d Distribution
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		switch key {
		case "ID":
			d.ID = value
		case "ID_LIKE":
			d.Like = strings.Fields(value)
		case "PRETTY_NAME":
			d.Name = value
		}
	}
	return d
}

// family is distributions that share a package manager and the names of packages.
type family struct {
	ids     []string
	command string
}

// The order is that of item.packages.
var families = []family{
	{[]string{"debian", "ubuntu"}, "apt-get install"},
	{[]string{"fedora", "rhel", "centos"}, "dnf install"},
	{[]string{"arch", "archlinux"}, "pacman -S --needed"},
	{[]string{"suse", "opensuse", "sles", "opensuse-tumbleweed", "opensuse-leap"}, "zypper install"},
	{[]string{"alpine", "postmarketos"}, "apk add"},
	{[]string{"void"}, "xbps-install -S"},
	{[]string{"gentoo"}, "emerge --noreplace"},
	{[]string{"nixos"}, "nix-shell -p"},
}

// item is something to install, with its package in each family; "" where the base system has it.
type item struct {
	name     string
	packages [8]string
}

var (
	itemMake      = item{"make", same("make", "dev-build/make", "gnumake")}
	itemCC        = item{"C compiler", same("gcc", "sys-devel/gcc", "gcc")}
	itemFlex      = item{"flex", same("flex", "sys-devel/flex", "flex")}
	itemBison     = item{"bison", same("bison", "sys-devel/bison", "bison")}
	itemBC        = item{"bc", same("bc", "sys-devel/bc", "bc")}
	itemBash      = item{"bash", same("bash", "app-shells/bash", "bash")}
	itemAwk       = item{"awk", same("gawk", "sys-apps/gawk", "gawk")}
	itemFind      = item{"find", same("findutils", "sys-apps/findutils", "findutils")}
	itemCmp       = item{"cmp", same("diffutils", "sys-apps/diffutils", "diffutils")}
	itemPerl      = item{"perl", same("perl", "dev-lang/perl", "perl")}
	itemTar       = item{"tar", same("tar", "app-arch/tar", "gnutar")}
	itemCpio      = item{"cpio", same("cpio", "app-arch/cpio", "cpio")}
	itemRsync     = item{"rsync", same("rsync", "net-misc/rsync", "rsync")}
	itemOpenSSL   = item{"openssl", same("openssl", "dev-libs/openssl", "openssl")}
	itemPython    = item{"python3", [8]string{"python3", "python3", "python", "python3", "python3", "python3", "dev-lang/python", "python3"}}
	itemXz        = item{"xz", [8]string{"xz-utils", "xz", "xz", "xz", "xz", "xz", "app-arch/xz-utils", "xz"}}
	itemLibc      = item{"C library headers", [8]string{"libc6-dev", "glibc-devel", "glibc", "glibc-devel", "musl-dev", "glibc-devel", "sys-libs/glibc", "gcc"}}
	itemUAPI      = item{"kernel user-space headers", [8]string{"linux-libc-dev", "kernel-headers", "linux-api-headers", "linux-glibc-devel", "linux-headers", "kernel-libc-headers", "sys-kernel/linux-headers", "gcc"}}
	itemLibelf    = item{"libelf headers", [8]string{"libelf-dev", "elfutils-libelf-devel", "libelf", "libelf-devel", "elfutils-dev", "elfutils-devel", "dev-libs/elfutils", "elfutils"}}
	itemLibdw     = item{"libdw headers", [8]string{"libdw-dev", "elfutils-devel", "libelf", "libdw-devel", "elfutils-dev", "elfutils-devel", "dev-libs/elfutils", "elfutils"}}
	itemLibcrypto = item{"OpenSSL headers", [8]string{"libssl-dev", "openssl-devel", "openssl", "libopenssl-devel", "openssl-dev", "openssl-devel", "dev-libs/openssl", "openssl"}}
)

// same is for packages that only Gentoo and Nix name in their own way.
func same(name, gentoo, nix string) [8]string {
	return [8]string{name, name, name, name, name, name, gentoo, nix}
}

// family gives the place in families, or -1: by ID, then by ID_LIKE.
func (d Distribution) family() int {
	for _, id := range append([]string{d.ID}, d.Like...) {
		if i := slices.IndexFunc(families, func(f family) bool { return slices.Contains(f.ids, id) }); i >= 0 {
			return i
		}
	}
	return -1
}

// InstallCommand gives the command that installs what is required and not OK among findings, or, when there is nothing
// of that, what is optional. It is without sudo. ok is false when the distribution is not known, or nothing comes in a
// package. With NixOS it starts a shell that has them.
func (d Distribution) InstallCommand(findings []Finding) (command string, ok bool) {
	i := d.family()
	if i < 0 {
		return "", false
	}
	for _, need := range []Need{Required, Optional} {
		var names []string
		for _, f := range Missing(findings, need) {
			if name := f.item.packages[i]; name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			return families[i].command + " " + strings.Join(names, " "), true
		}
	}
	return "", false
}

// InstallCommand gives this machine's command, as Distribution.InstallCommand does, with sudo where it is needed.
func InstallCommand(findings []Finding) (command string, ok bool) {
	d := ThisDistribution()
	command, ok = d.InstallCommand(findings)
	if ok && os.Geteuid() != 0 && d.ID != "nixos" {
		command = "sudo " + command
	}
	return command, ok
}
