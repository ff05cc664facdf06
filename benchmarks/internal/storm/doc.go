// Package storm simulates a login storm: all clients try to log in while WeChat is
// down. The simulation ends when the last client is logged in.
//
// It is a discrete-event simulation in steps of a millisecond, so a million clients
// take only seconds or minutes. The simulated servers follow the rules of package
// wxapi. At most MaxInFlight calls run concurrently. At most four times MaxInFlight calls
// wait, each for at most two fifths of Timeout. A test in package benchmarks runs a
// smaller storm against package wxauth itself and compares the figures.
//
//   - storm.go has [Storm], its [Figures], and [Storm.Run].
//   - clients.go has the ways in which clients wait before they retry.
//   - server.go has the turns of one server.
//   - timetable.go has the times of the clients' next events.
package storm
