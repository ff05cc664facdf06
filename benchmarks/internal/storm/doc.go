// Package storm simulates a login storm: clients try to log in while WeChat is down. The
// simulation ends when the last client is logged in.
//
// The simulation moves in steps of one millisecond. Each simulated server limits its
// concurrent calls to WeChat as package wxapi does (see the fields MaxInFlight and Timeout
// of wxapi.Options). TestStorm in package benchmarks checks that storms of 500 clients have
// about the same [Figures], except Peak, in the simulation and with package wxauth.
//
//   - storm.go contains [Storm], its [Figures], and [Storm.Run].
//   - clients.go contains the rules by which clients wait before they retry.
//   - server.go limits the calls that a server makes to WeChat.
//   - timetable.go stores when the scheduled events of the clients are due.
package storm
