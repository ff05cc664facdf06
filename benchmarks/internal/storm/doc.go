// Package storm simulates a login storm: clients that all want to log in while
// WeChat is down, and what happens until the last of them is in.
//
// It is a discrete-event simulation in steps of a millisecond, so that a million
// clients take seconds or minutes. The servers of the simulation follow the
// rules of package wxapi: MaxInFlight calls at once, four times as many that
// wait, and for two fifths of Timeout at most. A test in package benchmarks runs
// the same storm, smaller, against package wxauth itself and compares.
//
//   - storm.go has [Storm], its [Figures], and [Storm.Run].
//   - clients.go has how clients wait before they try again.
//   - server.go has the turns of one server.
//   - timetable.go has the times of the clients' next events.
package storm
