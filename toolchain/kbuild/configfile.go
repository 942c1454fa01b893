package kbuild

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/kconfig"
)

// maxConfig is far above the size of a configuration, which is about 300 kB.
const maxConfig = 16 << 20

// NotConfigError reports a file that is no kernel configuration.
type NotConfigError struct {
	Path  string
	Found NotConfig
	Err   error // of the decompressor, or nil
}

// NotConfig is what a file is instead of a kernel configuration.
type NotConfig string

// The kinds of files that are given for a configuration.
const (
	BinaryFile      NotConfig = "a binary file"
	Directory       NotConfig = "a directory"
	UTF16File       NotConfig = "a file in UTF-16"
	DamagedFile     NotConfig = "a damaged compressed file"
	LargeFile       NotConfig = "a file of more than 16 MiB"
	AnnotationsFile NotConfig = "Ubuntu's annotations, which are policies for several architectures and flavours"
)

func (e *NotConfigError) Error() string {
	text := fmt.Sprintf("%s: expected a kernel configuration (text, also compressed by gzip, xz or zstd), found %s", e.Path, e.Found)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// ReadConfig reads a kernel configuration file, which may be compressed as /proc/config.gz is. A file that is no
// configuration is a *NotConfigError.
func ReadConfig(ctx context.Context, path string) (kconfig.Config, error) {
	text, err := configText(ctx, path)
	if err != nil {
		return kconfig.Config{}, err
	}
	config, err := kconfig.ReadConfig(bytes.NewReader(text))
	if err != nil {
		return kconfig.Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

// annotation matches a line of the file debian.*/config/annotations of Ubuntu's kernels:
// https://canonical-kernel-docs.readthedocs-hosted.com/latest/reference/kernel-annotations/
var annotation = regexp.MustCompile(`(?m)^CONFIG_\w+\s+(policy<\{|note<)`)

// configText returns the text of a configuration file.
func configText(ctx context.Context, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading configuration: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &NotConfigError{Path: path, Found: Directory}
	}
	text, err := decompressed(ctx, path, f)
	if err != nil {
		return nil, err
	}
	switch {
	case len(text) > maxConfig:
		return nil, &NotConfigError{Path: path, Found: LargeFile}
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return nil, &NotConfigError{Path: path, Found: UTF16File}
	case bytes.IndexByte(text, 0) >= 0:
		return nil, &NotConfigError{Path: path, Found: BinaryFile}
	case annotation.Match(text):
		return nil, &NotConfigError{Path: path, Found: AnnotationsFile}
	}
	return text, nil
}

// decompressed returns the first bytes of a file, one more than maxConfig at most.
func decompressed(ctx context.Context, path string, f io.Reader) ([]byte, error) {
	raw := bufio.NewReader(f)
	head, err := raw.Peek(6)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading configuration: %w", err)
	}
	format := archive.FormatOfContent(head)
	content, err := archive.Decompress(ctx, raw, format)
	if err != nil {
		return nil, &NotConfigError{Path: path, Found: DamagedFile, Err: err}
	}
	defer content.Close()
	text, err := io.ReadAll(io.LimitReader(content, maxConfig+1))
	if err != nil && format != archive.Plain {
		return nil, &NotConfigError{Path: path, Found: DamagedFile, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("reading configuration: %w", err)
	}
	return text, nil
}
