package syntax_test

import (
	"math/rand/v2"
	"testing"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// kinds are the types of the symbols in these tests: B… is a bool, T… a tristate.
func kinds(symbol string) string {
	return map[byte]string{'B': "bool", 'T': "tristate"}[symbol[0]]
}

func TestSimplify(t *testing.T) {
	for text, want := range map[string]string{
		"B1 || !B1":                              "y",
		"B1 || T1 || !B1":                        "y",
		"(T2 && (B1 || !B1)) && !B2":             "T2 && !B2",
		"T1 || !T1":                              "T1 || !T1",
		"!(B1 && T1)":                            "!B1 || !T1",
		"T1 && !(B1 = m)":                        "T1",
		"B1 = m && T1":                           "n",
		"B1 = y || B1 != y":                      "y",
		"!(B1 = n) && T1 < 5":                    "B1 && T1 < 5",
		"B1 = B2 && n":                           "n",
		"T1 = y || T1 = m":                       "T1 != n",
		"T1 && T1 != m && T1 != y":               "n",
		"T1 != y && (T2 && (T1 != m && T1 = y))": "n",
		`T1 != "y" && T1 = m`:                    "T1 = m",
		"T1 && T1 != n || T1":                    "T1",
		"NOSUCH || !NOSUCH":                      "NOSUCH || !NOSUCH",
		"$(cc-option,-x) || !y":                  "$(cc-option,-x)",
		"!(T1 >= T2)":                            "T1 < T2",
		"!m":                                     "!m",
	} {
		e, err := syntax.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := syntax.Simplify(e, kinds).String(); got != want {
			t.Errorf("%s becomes %s, expected %s", text, got, want)
		}
	}
}

// TestSimplifyKeepsValue checks random expressions with all values of their symbols.
func TestSimplifyKeepsValue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var expr func(depth int) syntax.Expr
	operand := func() syntax.Operand {
		return syntax.Operand{Text: []string{"B1", "B2", "T1", "T1", "T2", "y", "m", "n"}[random.IntN(8)]}
	}
	expr = func(depth int) syntax.Expr {
		switch n := random.IntN(6); {
		case depth == 0 && n < 3:
			return operand()
		case depth == 0:
			return syntax.Compare{Left: operand(), Op: []string{"=", "=", "!=", "!=", "<", "<=", ">", ">="}[random.IntN(8)], Right: operand()}
		case n < 2:
			return syntax.And{Left: expr(depth - 1), Right: expr(depth - 1)}
		case n < 4:
			return syntax.Or{Left: expr(depth - 1), Right: expr(depth - 1)}
		}
		return syntax.Not{X: expr(depth - 1)}
	}
	for range 2000 {
		e := expr(4)
		simple := syntax.Simplify(e, kinds)
		for i := range 36 {
			values := map[string]string{"B1": "ny"[i%2 : i%2+1], "B2": "ny"[i/2%2 : i/2%2+1], "T1": "nmy"[i/4%3 : i/4%3+1], "T2": "nmy"[i/12 : i/12+1]}
			lookup := func(name string) syntax.Setting {
				if text, ok := values[name]; ok {
					return syntax.Setting{State: syntax.Set, Kind: kinds(name), Text: text}
				}
				return syntax.Setting{}
			}
			if got, want := simple.Eval(lookup), e.Eval(lookup); got != want {
				t.Fatalf("%s is %v, but simplified to %s it is %v, with %v", e, want, simple, got, values)
			}
		}
	}
}
