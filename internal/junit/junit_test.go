package junit_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/junit"
)

func TestEncode(t *testing.T) {
	data, err := junit.Suite{
		Name: "Linux 7.2 for arm64", Began: time.Date(2026, 5, 20, 13, 4, 5, 0, time.FixedZone("", 3600)), Took: 61500 * time.Millisecond,
		Properties: []junit.Property{{Name: "rust", Value: "1.85.1"}},
		Cases: []junit.Case{
			{Class: "prove.arm64", Name: "configure", Took: 1200 * time.Millisecond},
			{Class: "prove.arm64", Name: "rust/", Failure: &junit.Failure{Type: "tree-does-not-compile", Message: `error: "a" < b & c`, Text: "line one\nline <two>"}},
		},
	}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux 7.2 for arm64" tests="2" failures="1" errors="0" id="0" hostname="localhost" time="61.500" timestamp="2026-05-20T12:04:05">
  <properties>
    <property name="rust" value="1.85.1"></property>
  </properties>
  <testcase name="configure" classname="prove.arm64" time="1.200"></testcase>
  <testcase name="rust/" classname="prove.arm64" time="0.000">
    <failure message="error: &#34;a&#34; &lt; b &amp; c" type="tree-does-not-compile"><![CDATA[line one
line <two>]]></failure>
  </testcase>
  <system-out></system-out>
  <system-err></system-err>
</testsuite>
`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Error(diff)
	}
}

// failureText encodes a failure with a text and returns the text that an XML parser reads from it.
func failureText(t *testing.T, text string) string {
	t.Helper()
	data, err := junit.Suite{Cases: []junit.Case{{Failure: &junit.Failure{Text: text, Message: text}}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Failure struct {
			Message string `xml:"message,attr"`
			Text    string `xml:",chardata"`
		} `xml:"testcase>failure"`
	}
	if err := xml.Unmarshal(data, &read); err != nil {
		t.Fatalf("%q: %v\n%s", text, err, data)
	}
	if read.Failure.Message != read.Failure.Text {
		t.Errorf("%q: message %q and text %q", text, read.Failure.Message, read.Failure.Text)
	}
	return read.Failure.Text
}

func TestControlCharacters(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[1m\x1b[38;5;9merror\x1b[0m: x":      "error: x",
		"\x1b]8;;https://a\x07link\x1b]8;;\x1b\\": "link",
		"a\x00b\x08c\x7f":                         "a\ufffdb\ufffdc\x7f",
		"one\r\ntwo\tthree":                       "one\ntwo\tthree",
		"\xff\xfe broken":                         "\ufffd broken",
		"]]> & <failure>":                         "]]> & <failure>",
		"\ufffe\U0001f980":                        "\ufffd\U0001f980",
	} {
		if got := failureText(t, in); got != want {
			t.Errorf("%q became %q, expected %q", in, got, want)
		}
	}
}

// FuzzText checks that the output is well-formed for any text, and that printable text is unchanged.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"error[E0425]: x", "\x1b[31m\x00", "\xed\xa0\x80", "a]]>b", "\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := failureText(t, text)
		if got2 := failureText(t, got); got2 != got {
			t.Errorf("%q became %q, which became %q", text, got, got2)
		}
		if strings.Trim(text, "abcdefghijklmnopqrstuvwxyz<>&\" ") == "" && got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}
