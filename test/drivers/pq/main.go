package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"time"

	"github.com/lib/pq"

	"drivers/protocol"
)

var (
	url     = os.Getenv("DATABASE_URL")
	db      = open(url)
	readers = open(os.Getenv("DATABASE_READ_URL"))
	ctx     = context.Background()
)

func open(url string) *sql.DB {
	db, err := sql.Open("postgres", url)
	if err != nil {
		panic(err)
	}
	return db
}

func value[T any](from interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string, arguments ...any) (result T, err error) {
	err = from.QueryRowContext(ctx, query, arguments...).Scan(&result)
	return
}

func expect[T comparable](wanted T) func(T, error) error {
	return func(seen T, err error) error {
		if err != nil {
			return err
		}
		return protocol.Expect(seen, wanted)
	}
}

func connect() (string, error) {
	err := expect("app")(value[string](db, "select current_user"))
	return "lib/pq " + protocol.Version("github.com/lib/pq"), err
}

var turned *sql.Stmt

func statements() (_ string, err error) {
	if turned, err = db.Prepare("select $1::text, $2::int"); err != nil {
		return
	}
	return "", protocol.AskAtOnce(func(way, number int, text string) (seenNumber int, seenText string, err error) {
		if way == 0 {
			err = db.QueryRow("select $1::int, $2::text", number, text).Scan(&seenNumber, &seenText)
		} else {
			err = turned.QueryRow(text, number).Scan(&seenText, &seenNumber)
		}
		return
	})
}

func transaction() (string, error) {
	for number, end := range map[int]func(*sql.Tx) error{1: (*sql.Tx).Commit, 2: (*sql.Tx).Rollback} {
		tx, err := db.Begin()
		if err != nil {
			return "", err
		}
		if _, err = tx.Exec(protocol.Insert, protocol.Run, -1, number); err != nil {
			return "", err
		}
		if err = end(tx); err != nil {
			return "", err
		}
	}
	return "", expect(1)(value[int](db, protocol.Count, protocol.Run))
}

func set() (string, error) {
	one, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer one.Close()
	if _, err = one.ExecContext(ctx, "set application_name = 'mine'"); err != nil {
		return "", err
	}
	return "", expect("mine")(value[string](one, "show application_name"))
}

func lock() (string, error) {
	one, _ := db.Conn(ctx)
	other, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer one.Close()
	defer other.Close()
	_, first := one.ExecContext(ctx, "select pg_advisory_lock(7)")
	second := expect(false)(value[bool](other, "select pg_try_advisory_lock(7)"))
	_, third := one.ExecContext(ctx, "select pg_advisory_unlock(7)")
	fourth := expect(true)(value[bool](other, "select pg_try_advisory_lock(7)"))
	_, fifth := other.ExecContext(ctx, "select pg_advisory_unlock(7)")
	return "", errors.Join(first, second, third, fourth, fifth)
}

func listen() (string, error) {
	listener := pq.NewListener(url, time.Second, time.Minute, nil)
	defer listener.Close()
	if err := listener.Listen("news"); err != nil {
		return "", err
	}
	if _, err := db.Exec("select pg_notify('news', 'one')"); err != nil {
		return "", err
	}
	select {
	case notice := <-listener.Notify:
		return "", protocol.Expect(notice.Extra, "one")
	case <-time.After(5 * time.Second):
		return "", errors.New("nothing heard in 5 s")
	}
}

func direct() (string, error) {
	primary := open(os.Getenv("DATABASE_DIRECT_URL"))
	defer primary.Close()
	return "", expect(true)(value[bool](primary, protocol.TLS))
}

func read() (string, error) { return value[string](readers, protocol.Server) }

func main() {
	protocol.Main([]protocol.Check{
		{Name: "connect", Work: connect},
		{Name: "statements", Work: statements},
		{Name: "transaction", Work: transaction},
		{Name: "set", Work: set},
		{Name: "lock", Work: lock},
		{Name: "listen", Work: listen},
		{Name: "tls", Work: func() (string, error) { return "", expect(true)(value[bool](db, protocol.TLS)) }},
		{Name: "direct", Work: direct},
		{Name: "read", Work: read},
	}, func(worker, number int) error {
		_, err := db.Exec(protocol.Insert, protocol.Run, worker, number)
		return err
	}, read)
}
