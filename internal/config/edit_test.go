package config_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/krustup/krustup/internal/config"
)

const commented = `# of the team
suppliers = [ # in this order
  "debian",
  "rust-lang", # [not a table]
]
target = "arm64"   # the board

[mirrors] # near us
# debian = "http://old.example/debian"
debian = ["http://a.example/debian",
          "http://b.example/debian"]
"rust-lang" = "file:///srv/rust"`

func TestSet(t *testing.T) {
	for _, test := range []struct {
		name, before, key string
		values            []string
		want              string // with lines of commented replaced: "old\nnew"
	}{
		{"in an empty file", "", "target", []string{"riscv64"}, "target = \"riscv64\"\n"},
		{"a table in an empty file", "", "mirrors.debian", []string{"http://x.example/debian"}, "[mirrors]\ndebian = \"http://x.example/debian\"\n"},
		{"a new word", commented, "cc", []string{"gcc"}, strings.Replace(commented, "# the board\n", "# the board\ncc = \"gcc\"\n", 1) + "\n"},
		{"a word", commented, "target", []string{"x86_64"}, strings.Replace(commented, "target = \"arm64\"   # the board", "target = \"x86_64\"", 1) + "\n"},
		{"a number", "jobs = 2\n", "jobs", []string{"3"}, "jobs = 3\n"},
		{"a list of several lines", commented, "suppliers", []string{"kernel-org"}, "# of the team\nsuppliers = [\"kernel-org\"]\n" + commented[strings.Index(commented, "target"):] + "\n"},
		{"several addresses", commented, "mirrors.debian", []string{"http://c.example/debian"}, strings.Replace(commented, "debian = [\"http://a.example/debian\",\n          \"http://b.example/debian\"]", "debian = \"http://c.example/debian\"", 1) + "\n"},
		{"a quoted key", commented, "mirrors.rust-lang", nil, strings.Replace(commented, "\"rust-lang\" = \"file:///srv/rust\"", "", 1)},
		{"nothing to remove", "jobs = 2\n", "target", nil, "jobs = 2\n"},
		{"what is wrong now", "target = \"arm6\"\n", "target", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := config.Set("config.toml", []byte(test.before), false, test.key, test.values...)
			if err != nil || string(got) != test.want {
				t.Errorf("%v\n%s\nexpected\n%s", err, got, test.want)
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	for _, test := range []struct {
		name, before string
		project      bool
		key          string
		values       []string
		want         string
	}{
		{"a setting that does not exist", "", false, "colour", []string{"red"}, `unknown setting "colour", expected one of suppliers, target`},
		{"a value", "", false, "cc", []string{"icc"}, "config.toml:1: unknown compiler"},
		{"a supplier", "", true, "suppliers", []string{"host"}, "a project cannot choose the tools"},
		{"jobs of a project", "", true, "jobs", []string{"9"}, "a project cannot set jobs"},
		{"jobs", "", false, "jobs", []string{"many"}, `jobs: expected a number, found "many"`},
		{"two values", "", false, "target", []string{"arm64", "x86_64"}, "target has one value, found 2"},
		{"a file that is wrong", "targets = 1\n", false, "cc", []string{"gcc"}, `config.toml:1:1: unknown key "targets"`},
		{"an inline table", "mirrors = { debian = \"http://x.example/debian\" }\n", false, "mirrors.debian", []string{"http://y.example/debian"}, "config.toml"},
		{"removal from an inline table", "mirrors = { debian = \"http://x.example/debian\" }\n", false, "mirrors.debian", nil, "cannot be changed line by line"},
		{"a dotted key", "mirrors.debian = \"http://x.example/debian\"\n", false, "mirrors.debian", nil, "cannot be changed line by line"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := config.Set("config.toml", []byte(test.before), test.project, test.key, test.values...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, expected %q\n%s", err, test.want, out)
			}
		})
	}
}

// TestSetChangesOnly: whatever a file looks like, exactly the one setting changes. The oracle is the TOML library.
func TestSetChangesOnly(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	for round := range 2000 {
		var top, mirrors []string
		for _, line := range []string{
			"target = 'arm64' # = [x]", "cc=\"clang\"", "\"prefer\" = \"newest\"", "jobs = 4", "install = '''auto'''",
			"suppliers = [\n# [mirrors]\n'debian', # first\n\n 'rust-lang',\n]",
		} {
			if random.IntN(2) == 0 {
				top = append(top, line)
			}
		}
		for _, line := range []string{"debian = [ 'http://a.example/debian',\n 'file:///b' ]", "'rust-lang' = \"file:///srv/rust\"", "crates= \"http://c.example/\""} {
			if random.IntN(2) == 0 {
				mirrors = append(mirrors, line)
			}
		}
		random.Shuffle(len(top), func(i, j int) { top[i], top[j] = top[j], top[i] })
		text := strings.Join(top, pick("\n", "\n\n", "\n# a = 1\n"))
		if len(mirrors) > 0 || random.IntN(2) == 0 {
			text += "\n" + pick("", "\n") + pick("[mirrors]", "[ mirrors ] # x", "['mirrors']") + "\n" + strings.Join(mirrors, pick("\n", "\n\n"))
		}
		text += pick("", "\n", "\n\n# end", "\n# end\n")
		key := pick("target", "cc", "prefer", "jobs", "install", "suppliers", "mirrors.debian", "mirrors.rust-lang", "mirrors.github")
		values := map[string][]string{
			"target": {"riscv64"}, "cc": {"gcc"}, "prefer": {"stable"}, "jobs": {"7"}, "install": {"never"}, "suppliers": {"kernel-org", "host"},
			"mirrors.debian": {"http://new.example/debian"}, "mirrors.rust-lang": {"http://x.example", "file:///y"}, "mirrors.github": {"http://g.example"},
		}[key]
		if random.IntN(3) == 0 {
			values = nil
		}
		out, err := config.Set("config.toml", []byte(text), false, key, values...)
		if err != nil {
			t.Fatalf("round %d: %s=%v: %v\n%s", round, key, values, err, text)
		}
		was, is := settings(t, text), settings(t, string(out))
		delete(was, key)
		if values != nil {
			was[key] = strings.Join(values, " ")
		}
		if !reflect.DeepEqual(was, is) {
			t.Fatalf("round %d: %s=%v\n%s\nbecame\n%s\n%v\nexpected\n%v", round, key, values, text, out, is, was)
		}
	}
}

// settings returns what TOML sets, values of lists joined by spaces.
func settings(t *testing.T, text string) map[string]string {
	t.Helper()
	var all map[string]any
	if err := toml.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	flat := map[string]string{}
	var add func(prefix string, table map[string]any)
	add = func(prefix string, table map[string]any) {
		for key, value := range table {
			switch value := value.(type) {
			case map[string]any:
				add(prefix+key+".", value)
			case []any:
				words := make([]string, len(value))
				for i, w := range value {
					words[i] = fmt.Sprint(w)
				}
				flat[prefix+key] = strings.Join(words, " ")
			default:
				flat[prefix+key] = fmt.Sprint(value)
			}
		}
	}
	add("", all)
	return flat
}

func TestKeys(t *testing.T) {
	for _, key := range []string{"suppliers", "target", "cc", "prefer", "install", "jobs", "ca", "mirrors.kernel-org"} {
		if !slices.Contains(config.Keys(), key) {
			t.Errorf("no key %s in %v", key, config.Keys())
		}
	}
}
