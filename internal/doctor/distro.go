package doctor

import (
	"os"
	"slices"
	"strings"
)

// Distribution identifies a Linux distribution by fields of /etc/os-release
// (https://www.freedesktop.org/software/systemd/man/os-release.html).
type Distribution struct {
	ID   string   // "debian", "fedora"
	Like []string // from ID_LIKE, the nearest first
	Name string   // PRETTY_NAME, for people
}

// ThisDistribution returns the distribution of this machine, or the zero Distribution when it has no os-release file.
func ThisDistribution() Distribution {
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if data, err := os.ReadFile(path); err == nil {
			return ParseOSRelease(string(data))
		}
	}
	return Distribution{}
}

// ParseOSRelease parses the text of an os-release file. It ignores unknown lines.
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

// family is a group of distributions with the same package manager and package names.
type family struct {
	ids     []string
	command string
}

// families has the same order as item.packages.
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

// item is something to install, with its package name in each family; "" where the base system contains it.
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

// same returns the names of a package that only Gentoo and Nix name differently.
func same(name, gentoo, nix string) [8]string {
	return [8]string{name, name, name, name, name, name, gentoo, nix}
}

// family returns the distribution's index in families, found by ID and then by ID_LIKE, or -1.
func (d Distribution) family() int {
	for _, id := range append([]string{d.ID}, d.Like...) {
		if i := slices.IndexFunc(families, func(f family) bool { return slices.Contains(f.ids, id) }); i >= 0 {
			return i
		}
	}
	return -1
}

// InstallCommand returns the command, without sudo, that installs the packages for the required findings that are not
// OK, or for the optional ones when no required one is missing. On NixOS, the command starts a shell that has them. ok
// is false when the distribution is unknown or there is no package to install.
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

// InstallCommand is like Distribution.InstallCommand for this machine, with sudo where it is needed.
func InstallCommand(findings []Finding) (command string, ok bool) {
	d := ThisDistribution()
	command, ok = d.InstallCommand(findings)
	if ok && os.Geteuid() != 0 && d.ID != "nixos" {
		command = "sudo " + command
	}
	return command, ok
}
