package wxprom_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"example.com/wxlogin/wxauth/wxprom"
)

// This program writes the alert rules and the dashboard to a folder.
func ExampleFiles() {
	dir, err := os.MkdirTemp("", "monitoring")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	if err := os.CopyFS(dir, wxprom.Files); err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		fmt.Println(filepath.Base(file))
	}
	// Output:
	// alerts.yml
	// dashboard.json
}
