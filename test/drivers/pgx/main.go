package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"drivers/protocol"
)

var (
	ctx     = context.Background()
	pool    = open(os.Getenv("DATABASE_URL"))
	readers = open(os.Getenv("DATABASE_READ_URL"))
)

func open(url string) *pgxpool.Pool {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		panic(err)
	}
	return pool
}

func value[T any](from interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, query string, arguments ...any) (result T, err error) {
	err = from.QueryRow(ctx, query, arguments...).Scan(&result)
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
	err := expect("app")(value[string](pool, "select current_user"))
	return "pgx " + protocol.Version("github.com/jackc/pgx/v5"), err
}

func statements() (string, error) {
	return "", protocol.AskAtOnce(func(way, number int, text string) (seenNumber int, seenText string, err error) {
		if way == 0 {
			err = pool.QueryRow(ctx, "select $1::int, $2::text", number, text).Scan(&seenNumber, &seenText)
		} else {
			err = pool.QueryRow(ctx, "select $1::text, $2::int", text, number).Scan(&seenText, &seenNumber)
		}
		return
	})
}

func transaction() (string, error) {
	undo := errors.New("undo")
	for number, outcome := range map[int]error{1: nil, 2: undo} {
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, protocol.Insert, protocol.Run, -1, number)
			return errors.Join(err, outcome)
		})
		if err != nil && !errors.Is(err, undo) {
			return "", err
		}
	}
	return "", expect(1)(value[int](pool, protocol.Count, protocol.Run))
}

func set() (string, error) {
	one, err := pool.Acquire(ctx)
	if err != nil {
		return "", err
	}
	defer one.Release()
	if _, err = one.Exec(ctx, "set application_name = 'mine'"); err != nil {
		return "", err
	}
	return "", expect("mine")(value[string](one, "show application_name"))
}

func lock() (string, error) {
	one, err := pool.Acquire(ctx)
	if err != nil {
		return "", err
	}
	defer one.Release()
	other, err := pool.Acquire(ctx)
	if err != nil {
		return "", err
	}
	defer other.Release()
	_, first := one.Exec(ctx, "select pg_advisory_lock(7)")
	second := expect(false)(value[bool](other, "select pg_try_advisory_lock(7)"))
	_, third := one.Exec(ctx, "select pg_advisory_unlock(7)")
	fourth := expect(true)(value[bool](other, "select pg_try_advisory_lock(7)"))
	_, fifth := other.Exec(ctx, "select pg_advisory_unlock(7)")
	return "", errors.Join(first, second, third, fourth, fifth)
}

func listen() (string, error) {
	one, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return "", err
	}
	defer one.Close(ctx)
	if _, err = one.Exec(ctx, "listen news"); err != nil {
		return "", err
	}
	if _, err = pool.Exec(ctx, "select pg_notify('news', 'one')"); err != nil {
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	notice, err := one.WaitForNotification(limited)
	if err != nil {
		return "", err
	}
	return "", protocol.Expect(notice.Payload, "one")
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
		{Name: "tls", Work: func() (string, error) { return "", expect(true)(value[bool](pool, protocol.TLS)) }},
		{Name: "direct", Work: direct},
		{Name: "read", Work: read},
	}, func(worker, number int) error {
		_, err := pool.Exec(ctx, protocol.Insert, protocol.Run, worker, number)
		return err
	}, read)
}
