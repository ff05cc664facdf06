// Package storm simulates a login storm: all clients try to log in while WeChat is
// down. The simulation ends when the last client is logged in.
//
// The simulation moves in steps of one millisecond and handles only the events that are
// due. So even a million clients take only seconds or minutes. Each simulated server
// follows three rules of package wxapi: At most MaxInFlight calls run concurrently. At
// most four times as many calls wait. A call waits for at most two fifths of Timeout.
// TestStorm in package benchmarks runs smaller storms against package wxauth and compares
// Logins, Calls and AllIn of the [Figures].
//
//   - storm.go contains [Storm], its [Figures], and [Storm.Run].
//   - clients.go contains the rules by which clients wait before they retry.
//   - server.go limits the calls of one server to WeChat.
//   - timetable.go stores when the next event of each client is due.
package storm
