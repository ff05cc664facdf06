package wxauth_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

type document struct {
	path   string // relative to the root of the repository
	lines  []string
	shape  []string // headings, tables and code blocks, without the words that a translation changes
	blocks []block
}

type block struct {
	path   string
	line   int // number of the block's first line in the document
	lang   string
	region string // path, relative to the repository, of the file that must contain the block; or ""
	text   string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.path, b.line) }

var (
	fence        = regexp.MustCompile("^```(.*)$")
	heading      = regexp.MustCompile(`^(#+) (.+)$`)
	regionMark   = regexp.MustCompile(`^<!-- region of (\S+) -->$`)
	emptyCells   = regexp.MustCompile(`[^|]+`)
	escapedPipe  = regexp.MustCompile(`\\\|`)
	goComment    = regexp.MustCompile(`(?m)\s*(^|\s)//.*$`)
	shellComment = regexp.MustCompile(`(?m)\s*(^|\s)#.*$`)
)

// documents returns the English README and guides and, in the same order, their Chinese
// translations.
func documents(t *testing.T) (english, chinese []document) {
	t.Helper()
	paths, err := filepath.Glob("docs/*.md")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	for _, path := range append([]string{"../README.md"}, paths...) {
		if !strings.HasSuffix(path, ".zh-CN.md") {
			english = append(english, readDocument(t, path))
			chinese = append(chinese, readDocument(t, strings.TrimSuffix(path, ".md")+".zh-CN.md"))
		}
	}
	return english, chinese
}

func readDocument(t *testing.T, path string) document {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := document{path: filepath.Join("wxauth", path), lines: strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")}
	var open *block
	for i, line := range d.lines {
		switch m := fence.FindStringSubmatch(line); {
		case m != nil && open == nil:
			open = &block{path: d.path, line: i + 2, lang: m[1]}
			if m := regionMark.FindStringSubmatch(d.lines[max(i-1, 0)]); m != nil {
				open.region = m[1]
			}
		case m != nil:
			d.blocks = append(d.blocks, *open)
			d.shape = append(d.shape, "code in "+open.lang+":\n"+withoutComments(open))
			open = nil
		case open != nil:
			open.text += line + "\n"
		case heading.MatchString(line):
			d.shape = append(d.shape, heading.FindStringSubmatch(line)[1])
		case strings.HasPrefix(line, "|"):
			d.shape = append(d.shape, emptyCells.ReplaceAllString(escapedPipe.ReplaceAllString(line, ""), " "))
		}
	}
	if open != nil {
		t.Fatalf("%v: the code block does not end", open)
	}
	return d
}

// withoutComments removes the comments of Go and shell code, because a translation is
// allowed to change them.
func withoutComments(b *block) string {
	switch b.lang {
	case "go":
		return goComment.ReplaceAllString(b.text, "")
	case "sh":
		return shellComment.ReplaceAllString(b.text, "")
	}
	return b.text
}

func TestREADMELanguages(t *testing.T) {
	english, chinese := documents(t)
	for i, en := range english {
		if diff := cmp.Diff(en.shape, chinese[i].shape); diff != "" {
			t.Errorf("%s and %s differ (-English +Chinese):\n%s", en.path, chinese[i].path, diff)
		}
		for _, d := range []document{en, chinese[i]} {
			if strings.HasPrefix(d.path, "README") && len(d.lines) > 250 {
				t.Errorf("%s has %d lines, want at most 250: move something to the guides", d.path, len(d.lines))
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestREADMELinks(t *testing.T) {
	english, chinese := documents(t)
	all := append(english, chinese...)
	for _, name := range []string{"CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
		all = append(all, readDocument(t, "../"+name))
	}
	for _, d := range all {
		for _, m := range link.FindAllStringSubmatch(strings.Join(d.lines, "\n"), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			path := filepath.Join("..", d.path)
			if file != "" {
				path = filepath.Join("..", filepath.Dir(d.path), file)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %s: %v", d.path, m[1], err)
			} else if anchor != "" && !slices.Contains(anchors(t, path), anchor) {
				t.Errorf("%s: %s: %s has no such heading", d.path, m[1], path)
			}
		}
	}
}

// anchors returns the anchors that GitHub gives to the headings of a file. If several
// headings have the same text, GitHub numbers their anchors, but this function does not.
func anchors(t *testing.T, path string) (names []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if m := heading.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			names = append(names, strings.Map(func(r rune) rune {
				switch {
				case r == ' ':
					return '-'
				case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
					return unicode.ToLower(r)
				}
				return -1
			}, m[2]))
		}
	}
	return names
}

var testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)

// TestREADMESecurity checks that SECURITY.md has 19 rows for chapter V7 of OWASP ASVS
// 5.0, and that every test named in SECURITY.md exists.
func TestREADMESecurity(t *testing.T) {
	text, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`(?m)^\| 7\.\d\.\d \|`).FindAll(text, -1)); n != 19 {
		t.Errorf("got %d rows of chapter V7, want 19", n)
	}
	tests := make(map[string]bool)
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (\w+)\(\w+ \*testing\.`).FindAllSubmatch(file, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range testName.FindAllString(string(text), -1) {
		if !tests[name] {
			t.Errorf("there is no test %s", name)
		}
	}
}
