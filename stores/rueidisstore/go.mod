module example.com/wxlogin/stores/rueidisstore

go 1.25.0

require (
	example.com/wxlogin v0.0.0
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/redis/rueidis v1.0.79
)

require (
	github.com/gomodule/redigo v1.9.3 // indirect
	golang.org/x/sys v0.47.0 // indirect
)

replace example.com/wxlogin => ../..
