// The application behind every candidate: as little work of its own as possible.
//
// usage: app ADDRESS PORT
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	pool, err := pgxpool.New(context.Background(), "postgresql://app@127.0.0.1:5001/site?pool_max_conns=16")
	if err != nil {
		log.Fatal(err)
	}
	page := strings.Repeat("dynamic\n", 128)
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		answer.Header().Set("Cache-Control", "no-store")
		io.WriteString(answer, page)
	})
	rounds := roundsFor(5 * time.Millisecond)
	http.HandleFunc("GET /costly", func(answer http.ResponseWriter, request *http.Request) {
		answer.Header().Set("Cache-Control", request.URL.Query().Get("caching"))
		fmt.Fprintf(answer, "%x\n%s", work(rounds), page)
	})
	http.HandleFunc("GET /read", func(answer http.ResponseWriter, request *http.Request) {
		var text string
		report(answer, pool.QueryRow(request.Context(), "select text from entries where id = 1").Scan(&text))
		fmt.Fprintln(answer, text)
	})
	http.HandleFunc("POST /write", func(answer http.ResponseWriter, request *http.Request) {
		text, _ := io.ReadAll(request.Body)
		_, err := pool.Exec(request.Context(), "insert into entries (text) values ($1)", string(text))
		report(answer, err)
	})
	log.Fatal(http.ListenAndServe(os.Args[1]+":"+os.Args[2], nil))
}

// work keeps the processor busy.
func work(rounds int) [sha256.Size]byte {
	var sum [sha256.Size]byte
	for range rounds {
		sum = sha256.Sum256(sum[:])
	}
	return sum
}

// roundsFor says how much work takes so long when nothing else runs.
func roundsFor(duration time.Duration) int {
	const tried = 100_000
	began := time.Now()
	work(tried)
	return int(tried * duration / time.Since(began))
}

func report(answer http.ResponseWriter, err error) {
	answer.Header().Set("Cache-Control", "no-store")
	if err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
	}
}
