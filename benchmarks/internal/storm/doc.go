// Package storm simulates a login storm: all clients try to log in while WeChat is
// down. The simulation ends when the last client is logged in.
//
// The simulation moves in steps of one millisecond and handles only the events that are
// due. So the simulation of a million clients takes only seconds or minutes. Each
// simulated server limits its calls to WeChat as package wxapi does (see the fields
// MaxInFlight and Timeout of wxapi.Options). TestStorm in package benchmarks runs smaller
// storms against package wxauth. It compares their [Figures], except Peak, with the
// simulation.
//
//   - storm.go contains [Storm], its [Figures], and [Storm.Run].
//   - clients.go contains the rules by which clients wait before they retry.
//   - server.go limits the calls of one server to WeChat.
//   - timetable.go stores when the next event of each client is due.
package storm
