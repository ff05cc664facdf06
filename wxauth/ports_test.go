package wxauth_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestPortsAreShort checks that each port_*_test.go has fewer than 60 lines of application
// code. Each of these files contains an application that uses this package, and the test of
// this application.
func TestPortsAreShort(t *testing.T) {
	files, err := filepath.Glob("port_*_test.go")
	if err != nil || len(files) != 7 {
		t.Errorf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				if d.Tok == token.IMPORT || strings.HasPrefix(declared(d), "open") {
					continue
				}
			case *ast.FuncDecl:
				if strings.HasPrefix(d.Name.Name, "Test") || strings.HasPrefix(d.Name.Name, "test") || strings.HasPrefix(receiver(d), "open") {
					continue
				}
			}
			lines += set.Position(decl.End()).Line - set.Position(decl.Pos()).Line + 1
		}
		if lines == 0 || lines >= 60 {
			t.Errorf("%s: the application has %d lines", name, lines)
		}
		t.Logf("%s: %d lines", name, lines)
	}
}

func declared(d *ast.GenDecl) string {
	if spec, ok := d.Specs[0].(*ast.TypeSpec); ok {
		return spec.Name.Name
	}
	return ""
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	of := d.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	return of.(*ast.Ident).Name
}
