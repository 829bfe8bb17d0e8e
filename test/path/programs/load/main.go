// Asks one URL again and again and prints figures as JSON.
//
// usage: load -url URL [-rate N] [-at-a-time N] [-seconds N] [-http2] [-cert FILE -key FILE] [-body TEXT] [-host NAME] [-header NAME:VALUE]...
//
// With -rate requests are sent when their time has come, however long the answers to earlier ones take: one that is late hides
// none that it would have delayed. Without it, the next one follows each answer.
package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// A second in which connections are made, before what is measured.
const warmUp = time.Second

func main() {
	url := flag.String("url", "", "what to ask")
	rate := flag.Int("rate", 0, "requests a second; 0: as many as possible")
	atATime := flag.Uint64("at-a-time", 100, "requests, without -rate")
	seconds := flag.Int("seconds", 5, "how long")
	http2 := flag.Bool("http2", false, "HTTP/2, on as few connections as the streams need")
	certificate := flag.String("cert", "", "of the client")
	key := flag.String("key", "", "of the certificate")
	body := flag.String("body", "", "makes it a POST")
	host := flag.String("host", "www.example.com", "Host, and name in TLS")
	// Go would ask for gzip, which not every candidate has.
	headers := http.Header{"Accept-Encoding": []string{"identity"}}
	flag.Func("header", "of each request, `NAME:VALUE`", func(text string) error {
		name, value, found := strings.Cut(text, ":")
		if !found {
			return errors.New("must be NAME:VALUE")
		}
		headers.Set(name, value)
		return nil
	})
	flag.Parse()
	headers["Host"] = []string{*host}

	configuration := &tls.Config{InsecureSkipVerify: true, ServerName: *host}
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		if err != nil {
			fail(err)
		}
		configuration.Certificates = []tls.Certificate{pair}
	}
	client := newClient(configuration, *http2, int(*atATime))
	target := vegeta.Target{Method: "GET", URL: *url, Header: headers}
	if *body != "" {
		target.Method, target.Body = "POST", []byte(*body)
	}
	attack := func(rate int, duration time.Duration) <-chan *vegeta.Result {
		options := []func(*vegeta.Attacker){vegeta.Client(client), vegeta.Workers(*atATime)}
		if rate == 0 {
			options = append(options, vegeta.MaxWorkers(*atATime))
		}
		pacer := vegeta.Rate{Freq: rate, Per: time.Second}
		return vegeta.NewAttacker(options...).Attack(vegeta.NewStaticTargeter(target), pacer, duration, "")
	}
	// The edge has its connections already: what their handshakes take is nobody's time.
	sent := uint64(0)
	for range attack(0, warmUp) {
		sent++
	}
	var metrics vegeta.Metrics
	for result := range attack(*rate, time.Duration(*seconds)*time.Second) {
		metrics.Add(result)
	}
	metrics.Close()
	milliseconds := func(duration time.Duration) float64 { return float64(duration) / 1e6 }
	err := json.NewEncoder(os.Stdout).Encode(map[string]any{
		"sent":              sent + metrics.Requests,
		"requests":          metrics.Requests,
		"requestsPerSecond": metrics.Throughput,
		"failed":            metrics.Requests - uint64(float64(metrics.Requests)*metrics.Success+0.5),
		"errors":            metrics.Errors,
		"p50":               milliseconds(metrics.Latencies.P50),
		"p99":               milliseconds(metrics.Latencies.P99),
		"p999":              milliseconds(metrics.Latencies.Quantile(0.999)),
		"bytesOfEachAnswer": metrics.BytesIn.Mean,
	})
	if err != nil {
		fail(err)
	}
}

// HTTP/1.1 has as many connections as there are requests at a time, HTTP/2 as few as its streams need.
func newClient(configuration *tls.Config, http2 bool, atATime int) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	protocols.SetUnencryptedHTTP2(http2)
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig: configuration, Protocols: protocols,
			MaxIdleConnsPerHost: atATime, MaxConnsPerHost: atATime,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "load:", err)
	os.Exit(1)
}
