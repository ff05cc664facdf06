// Package storm simulates a login storm: all clients try to log in while WeChat is
// down. The simulation ends when the last client is logged in.
//
// The simulation moves in steps of one millisecond and handles only the events that are
// due. So even a million clients take only seconds or minutes. The simulated servers
// follow the rules of package wxapi. At most MaxInFlight calls run concurrently. At
// most four times as many calls wait, and each waits for at most two fifths of Timeout.
// A test in package benchmarks runs a smaller storm against package wxauth and compares
// the figures.
//
//   - storm.go contains [Storm], its [Figures], and [Storm.Run].
//   - clients.go contains the rules by which clients wait before they retry.
//   - server.go limits the calls of one server to WeChat.
//   - timetable.go stores when the next event of each client is due.
package storm
