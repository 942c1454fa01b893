package store

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/trust"
)

func wholeRecord() Record {
	r := testRecord()
	r.Schema, r.ID, r.Dir, r.Files, r.Bytes = schema, testID("a"), "/k/objects/"+testID("a").String(), 2, 1021
	r.Tree = trust.DigestOf([]byte("tree"))
	return r
}

// The golden file is of schema 1 and is not changed.
func TestRecordOfSchema1(t *testing.T) {
	want, err := os.ReadFile("testdata/record-1.json")
	if err != nil {
		t.Fatal(err)
	}
	old := wholeRecord()
	old.Schema, old.Tree = 1, trust.Digest{}
	got, err := old.encode()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("encoded (%v):\n%s\nexpected:\n%s", err, got, want)
	}
	read, err := decodeRecord(want)
	if err != nil || !reflect.DeepEqual(read, old) {
		t.Errorf("decoded %+v, %v", read, err)
	}
}

func TestRecordIsReadStrictly(t *testing.T) {
	good, err := wholeRecord().encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"schema": 2`, `"schema": 3`, "schema is 3, expected 1 to 2"},
		{`"schema": 2,`, ``, "schema is 0, expected 1 to 2"},
		{`"schema": 2`, `"schema": 1`, "expected a digest since schema 2"},
		{`"tree": "dc`, `"tree": "xx`, "SHA-256"},
		{`"suite"`, `"sweet"`, `unknown field "sweet"`},
		{`"component": "rust",`, ``, `"component" is missing`},
		{`"version": "1.85.1"`, `"version": ""`, `"version" is missing`},
		{`"version": "1.85.1"`, `"version": "one"`, `version "one"`},
		{`"id": "rust-1.85.1-`, `"id": "rust-x-`, `expected name-version-digest`},
		{`"dir": "/k/`, `"dir": "k/`, `expected an absolute, clean path`},
		{`"dir": "/k/`, `"dir": "/k/../`, `expected an absolute, clean path`},
		{`"usr/bin/rustc"`, `"/usr/bin/rustc"`, `expected a path in the tree`},
		{`"usr/bin/rustc"`, `"../bin/rustc"`, `expected a path in the tree`},
		{`"rustc": "usr`, `"bin/rustc": "usr`, `expected the name of a program`},
		{`"sysroot": "usr"`, `"sysroot": "usr/../.."`, `expected a path in the tree`},
		{`"size": 7`, `"size": -7`, `expected a name, a size and a SHA-256 digest`},
		{`"files": 2`, `"files": -2`, `-2 files`},
		{`"files": 2`, `"files": "2"`, `cannot unmarshal`},
		{`1021`, "1021}{\"schema\": 1", "trailing data after the record"},
	} {
		if !bytes.Contains(good, []byte(c.old)) {
			t.Fatalf("%s is not in\n%s", c.old, good)
		}
		_, err := decodeRecord([]byte(strings.Replace(string(good), c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s → %s: error %v, expected %q in it", c.old, c.new, err, c.want)
		}
	}
}

// A record that is decoded and encoded again decodes to the same record.
func FuzzRecord(f *testing.F) {
	good, err := wholeRecord().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"schema": 1}`))
	f.Add([]byte(`{"schema": 1, "id": "rust-1-0123456789ab", "artifacts": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRecord(data)
		if err != nil {
			return
		}
		text, err := r.encode()
		if err != nil {
			t.Fatalf("a decoded record cannot be encoded: %v", err)
		}
		again, err := decodeRecord(text)
		if err != nil {
			t.Fatalf("an encoded record cannot be decoded: %v\n%s", err, text)
		}
		if second, err := again.encode(); err != nil || !bytes.Equal(text, second) {
			t.Errorf("two encodings differ (%v):\n%s\n%s", err, text, second)
		}
	})
}

func TestID(t *testing.T) {
	for text, want := range map[string][2]string{
		"rust-1.85.1-0123456789ab":                  {"rust", "1.85.1"},
		"gcc-aarch64-linux-gnu-14.2.0-0123456789ab": {"gcc-aarch64-linux-gnu", "14.2.0"},
		"gcc-x86_64-linux-gnu-14.2.0-0123456789ab":  {"gcc-x86_64-linux-gnu", "14.2.0"},
		"linux-7.3-rc7-0123456789ab":                {"linux", "7.3-rc7"},
		"rust-1.98.0-nightly-20261101-0123456789ab": {"rust", "1.98.0-nightly-20261101"},
		"bindgen-0.71.1-aaaaaaaaaaaa-0123456789ab":  {"bindgen", "0.71.1-aaaaaaaaaaaa"},
		"rust-1.85.1":                 {},
		"rust-0123456789ab":           {},
		"rust-1.85.1-0123456789AB":    {},
		"rust-1.85.1-0123456789abc":   {},
		"../rust-1.85.1-0123456789ab": {},
		"rust-1/85-0123456789ab":      {},
		"Rust-1.85.1-0123456789ab":    {},
		"-1.85.1-0123456789ab":        {},
		"":                            {},
		"rust-1.85.1-0123456789ab\n":  {},
		"rust-1" + strings.Repeat("0", 200) + "-0123456789ab": {},
	} {
		id, err := ParseID(text)
		if got := [2]string{id.Name(), id.Version()}; got != want || (err == nil) != (want[0] != "") {
			t.Errorf("%q: %q, %v; expected %q", text, got, err, want)
		}
		if err == nil && id.String() != text {
			t.Errorf("%q became %q", text, id)
		}
	}
	if id, err := NewID("gcc-14", "2.0", trust.DigestOf(nil)); err == nil {
		t.Errorf("a name with a part that starts with a digit: got %s, expected an error", id)
	}
	if id, err := NewID("rust", "1.0", trust.Digest{}); err == nil {
		t.Errorf("zero digest: got %s, expected an error", id)
	}
}
