// A separate module, so that importers of wxauth do not get these routers.
module example.com/wxlogin/wxauth/muxtest

go 1.25.0

require (
	example.com/wxlogin v0.0.0
	github.com/go-chi/chi/v5 v5.5.0
	github.com/google/go-cmp v0.7.0
	github.com/gorilla/mux v1.8.1
)

require (
	github.com/alexedwards/scs/v2 v2.9.0 // indirect
	github.com/gomodule/redigo v1.9.3 // indirect
)

replace example.com/wxlogin => ../..
