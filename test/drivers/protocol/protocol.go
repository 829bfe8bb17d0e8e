// Package protocol is what every driver's program in Go says and does; see drivers.ts.
package protocol

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

const (
	clients, statements, workers = 12, 50, 4

	Insert = "insert into driver_rows (run, worker, number) values ($1, $2, $3)"
	Count  = "select count(*) from driver_rows where run = $1 and worker = -1"
	TLS    = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
	Server = "select host(inet_server_addr())"
)

var Run = os.Getenv("RUN")

type Check struct {
	Name string
	Work func() (string, error)
}

type line struct {
	Check  string `json:"check,omitempty"`
	Worker *int   `json:"worker,omitempty"`
	Number int    `json:"number,omitempty"`
	Answer string `json:"answer,omitempty"`
	Error  string `json:"error,omitempty"`
}

var printing sync.Mutex

func say(said line, err error) {
	if err != nil {
		said.Error = err.Error()
	}
	text, _ := json.Marshal(said)
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(text))
}

// Version of a module that this program was built with.
func Version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, used := range info.Deps {
		if used.Path == module {
			return used.Version[1:]
		}
	}
	return "unknown"
}

func Expect(seen, wanted any) error {
	if seen != wanted {
		return fmt.Errorf("got %v, not %v", seen, wanted)
	}
	return nil
}

// AskAtOnce: ask returns what the server made of number and text; every second client asks in another way.
func AskAtOnce(ask func(way, number int, text string) (int, string, error)) error {
	failed := make(chan error, clients)
	for own := range clients {
		go func() {
			for turn := range statements {
				number, text := own*statements+turn, fmt.Sprintf("text %d %d", own, turn)
				seenNumber, seenText, err := ask(own%2, number, text)
				if err == nil {
					err = Expect(fmt.Sprint(seenNumber, seenText), fmt.Sprint(number, text))
				}
				if err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	count, first := 0, error(nil)
	for range clients {
		if err := <-failed; err != nil {
			count, first = count+1, err
		}
	}
	if count == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d clients: %w", count, clients, first)
}

func Main(checks []Check, write func(worker, number int) error, read func() (string, error)) {
	if os.Args[1] == "check" {
		for _, check := range checks {
			answer, err := check.Work()
			say(line{Check: check.Name, Answer: answer}, err)
			if err != nil && check.Name == "connect" {
				// What follows cannot be, and LISTEN of lib/pq would wait for ever.
				return
			}
		}
		return
	}
	for own := range workers {
		go func() {
			for number := 1; ; number++ {
				answer, err := "", error(nil)
				if os.Args[1] == "write" {
					err = write(own, number)
				} else {
					answer, err = read()
				}
				say(line{Worker: &own, Number: number, Answer: answer}, err)
				if err != nil {
					time.Sleep(80 * time.Millisecond)
				}
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	// Whoever is in the middle of something has a second for it, and begins nothing else: its lines are not read any more.
	time.Sleep(time.Second)
}
