package storm

import (
	"math/rand/v2"
	"time"
)

// Storm configures a simulation. The simulation begins with an outage of WeChat. Each
// client opens the mini program at a random time during the outage, and then tries to log
// in.
type Storm struct {
	Clients int
	Wait    Wait
	Told    func() time.Duration // returns a random Retry-After
	Travel  time.Duration        // mean time from a reply to the client's next login, in addition to Wait

	Outage time.Duration
	Fails  time.Duration // how long WeChat takes to answer a call that begins during the outage; the answer is an error
	Takes  time.Duration // how long WeChat takes to answer a call that begins after the outage

	Servers     int
	MaxInFlight int // the maximum number of concurrent calls of each server to WeChat

	// If MaxInFlight calls of a server are in progress, a further call waits at most 2/5
	// of Timeout. A call that begins during the outage takes at most 3/5 of Timeout.
	Timeout time.Duration
}

// Figures are the results of a storm.
type Figures struct {
	Logins int           // calls of wx.login; each leads to one login request
	Calls  int           // calls of code2Session that reached WeChat
	Peak   int           // the highest number of login requests in a second; the first second begins with the outage
	AllIn  time.Duration // time from the end of the outage until the last client is logged in
}

// These are the values of client.event.
const (
	request = iota // a login request arrives
	answer         // WeChat answers with an openid, so the client is logged in
	failure        // WeChat answers with an error, or the call times out
)

type simulation struct {
	Storm
	Figures
	rng     *rand.Rand
	now     int // milliseconds since the outage began
	due     *timetable
	clients []client
	servers []server
	in      int // the number of clients that are logged in
}

type client struct {
	event    uint8
	server   uint8
	failures uint16
}

// Run runs the simulation. The parameter seed determines all random numbers, except those
// that s.Told and s.Wait make on their own.
func (s Storm) Run(seed uint64) Figures {
	sim := &simulation{Storm: s, rng: rand.New(rand.NewPCG(seed, 0)), due: new(timetable), clients: make([]client, s.Clients)}
	for range s.Servers {
		sim.servers = append(sim.servers, server{turns: s.MaxInFlight})
	}
	opens := make([][]int32, ms(s.Outage))
	for c := range sim.clients {
		at := sim.rng.IntN(len(opens))
		opens[at] = append(opens[at], int32(c))
	}
	second := 0 // the value of Logins at the start of the current second
	for ; sim.in < s.Clients; sim.now++ {
		if sim.now < len(opens) {
			for _, c := range opens[sim.now] {
				sim.due.add(c, sim.now, 1)
			}
		}
		if sim.now%1000 == 0 {
			second = sim.Logins
		}
		for i := range sim.servers {
			for _, c := range sim.servers[i].late(sim.now - ms(s.Timeout)*2/5) {
				sim.refuse(c)
			}
		}
		sim.due.each(sim.now, sim.step)
		sim.Peak = max(sim.Peak, sim.Logins-second)
	}
	sim.AllIn = time.Duration(sim.now-ms(s.Outage)) * time.Millisecond
	return sim.Figures
}

func (sim *simulation) step(c int32) {
	client := &sim.clients[c]
	event := client.event
	if event == request {
		sim.Logins++
		client.server = uint8(sim.rng.IntN(len(sim.servers)))
		switch s := &sim.servers[client.server]; {
		case s.take():
			sim.call(c)
		case !s.wait(c, sim.now, 4*sim.MaxInFlight):
			sim.refuse(c)
		}
		return
	}
	if next, ok := sim.servers[client.server].release(); ok {
		sim.call(next)
	}
	if event == answer {
		sim.in++
	} else {
		sim.refuse(c)
	}
}

func (sim *simulation) call(c int32) {
	sim.Calls++
	takes := sim.Takes
	sim.clients[c].event = answer
	if sim.now < ms(sim.Outage) {
		takes = min(sim.Fails, sim.Timeout*3/5)
		sim.clients[c].event = failure
	}
	sim.due.add(c, sim.now, ms(takes))
}

// refuse answers a login of client c with 503, and schedules the client's next login.
func (sim *simulation) refuse(c int32) {
	client := &sim.clients[c]
	client.event = request
	wait := sim.Wait(int(client.failures), sim.Told, sim.rng)
	client.failures++
	travel := sim.Travel/2 + time.Duration(sim.rng.Int64N(int64(sim.Travel)))
	sim.due.add(c, sim.now, ms(wait+travel))
}

func ms(d time.Duration) int { return int(d / time.Millisecond) }
