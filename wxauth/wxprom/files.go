package wxprom

import "embed"

// Files holds alerts.yml and dashboard.json. The first is a file of alert rules for
// Prometheus. The second is a dashboard to import into Grafana. Both belong to this
// version's metrics. A program that does not use Files does not contain them.
//
//go:embed alerts.yml dashboard.json
var Files embed.FS
