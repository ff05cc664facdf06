package wxprom

import "embed"

// Files holds alerts.yml and dashboard.json. alerts.yml contains alert rules for
// Prometheus. dashboard.json is a dashboard to import into Grafana. The two files
// match the metrics of this version of wxprom. If a program does not use Files, its
// binary does not contain the two files.
//
//go:embed alerts.yml dashboard.json
var Files embed.FS
