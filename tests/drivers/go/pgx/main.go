// The driver pgx, version 4.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

var background = context.Background()

func rows() int {
	count, _ := strconv.Atoi(os.Getenv("ROWS"))
	return count
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func expect(is bool, what string) {
	if !is {
		must(errors.New("wrong: " + what))
	}
}

func connected(work func(*pgx.Conn)) {
	conn, err := pgx.Connect(background, "")
	must(err)
	work(conn)
	must(conn.Close(background))
}

func count(found pgx.Rows, err error) int {
	must(err)
	count := 0
	for found.Next() {
		_, err := found.Values()
		must(err)
		count++
	}
	must(found.Err())
	return count
}

func fails(err error, code string) {
	var told *pgconn.PgError
	expect(errors.As(err, &told) && told.Code == code, fmt.Sprint(err))
}

const item = "SELECT id, name, price, added FROM items WHERE id = $1"

var tasks = map[string]func(*pgx.Conn){
	"connect": func(conn *pgx.Conn) {},
	"scram": func(conn *pgx.Conn) {
		var one int
		must(conn.QueryRow(background, "SELECT 1").Scan(&one))
	},
	"simple": func(conn *pgx.Conn) {
		sql := "SELECT id, name FROM items WHERE id <= $1 ORDER BY id"
		expect(count(conn.Query(background, sql, pgx.QuerySimpleProtocol(true), 2)) == 2, sql)
		_, err := conn.PgConn().Exec(background, "SELECT 1 AS one; SELECT 2 AS two").ReadAll()
		must(err)
	},
	"parameters": func(conn *pgx.Conn) {
		sql := "SELECT id, name, price FROM items WHERE id = $1 OR name = $2"
		expect(count(conn.Query(background, sql, 2, "item 5")) == 2, sql)
	},
	"reuse": func(conn *pgx.Conn) {
		for id := 1; id <= 4; id++ {
			expect(count(conn.Query(background, item, id)) == 1, item)
		}
		_, err := conn.Prepare(background, "item", item)
		must(err)
		for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
			found := conn.QueryRow(background, "item", pgx.QueryResultFormats{format}, 5)
			var id int
			var name string
			must(found.Scan(&id, &name, nil, nil))
			expect(id == 5, "id")
		}
	},
	"batch": func(conn *pgx.Conn) {
		batch := &pgx.Batch{}
		for id := 1; id <= 3; id++ {
			batch.Queue("INSERT INTO notes VALUES ($1, $2) RETURNING id", id, "note")
		}
		batch.Queue(item, 4)
		batch.Queue("SELECT name FROM items WHERE id = $1", 5)
		results := conn.SendBatch(background, batch)
		for ask := 0; ask < 5; ask++ {
			expect(count(results.Query()) == 1, "a row")
		}
		must(results.Close())
	},
	"error": func(conn *pgx.Conn) {
		transaction, err := conn.Begin(background)
		must(err)
		_, err = transaction.Exec(background, "INSERT INTO notes VALUES ($1, $2)", 1, "lost")
		must(err)
		_, err = transaction.Exec(background, "SELECT 1 / $1::int", 0)
		fails(err, "22012")
		_, err = transaction.Exec(background, "SELECT 1")
		fails(err, "25P02")
		must(transaction.Rollback(background))
		expect(count(conn.Query(background, "SELECT count(*) FROM notes")) == 1, "the end")
	},
	"copy": func(conn *pgx.Conn) {
		source := [][]interface{}{{1, "one"}, {2, "two"}, {3, nil}}
		copied, err := conn.CopyFrom(background, pgx.Identifier{"notes"}, []string{"id", "note"}, pgx.CopyFromRows(source))
		must(err)
		expect(copied == 3, "three rows")
		_, err = conn.PgConn().CopyFrom(background, strings.NewReader("4\tfour\n"), "COPY notes FROM STDIN")
		must(err)
		var text strings.Builder
		_, err = conn.PgConn().CopyTo(background, &text, "COPY notes TO STDOUT")
		must(err)
		expect(strings.Count(text.String(), "\n") == 4, text.String())
	},
	"notify": func(conn *pgx.Conn) {
		_, err := conn.Exec(background, "LISTEN news")
		must(err)
		_, err = conn.Exec(background, "SELECT pg_notify($1, $2)", "news", "hello")
		must(err)
		heard, err := conn.WaitForNotification(background)
		must(err)
		expect(heard.Payload == "hello", heard.Payload)
	},
	"cancel": func(conn *pgx.Conn) {
		go func() {
			time.Sleep(300 * time.Millisecond)
			must(conn.PgConn().CancelRequest(background))
		}()
		_, err := conn.Exec(background, "SELECT pg_sleep(10)")
		fails(err, "57014")
		expect(count(conn.Query(background, "SELECT 1")) == 1, "the end")
	},
	"cursor": func(conn *pgx.Conn) {
		transaction, err := conn.Begin(background)
		must(err)
		_, err = transaction.Exec(background, "DECLARE portions CURSOR FOR SELECT id, name, price FROM items ORDER BY id")
		must(err)
		for _, wanted := range []int{6, 6, 6, 2} {
			expect(count(transaction.Query(background, "FETCH 6 FROM portions")) == wanted, "a portion")
		}
		must(transaction.Commit(background))
	},
	"types": func(conn *pgx.Conn) {
		expect(count(conn.Query(background, "SELECT * FROM kinds WHERE $1", true)) == 2, "two rows")
	},
	"large": func(conn *pgx.Conn) {
		sql := "SELECT i, md5(i::text) FROM generate_series(1, $1) AS i"
		expect(count(conn.Query(background, sql, rows())) == rows(), sql)
	},
}

func main() {
	task := os.Args[1]
	if task == "version" {
		info, _ := debug.ReadBuildInfo()
		fmt.Println("pgx 4,", info.GoVersion)
		return
	}
	work, is := tasks[task]
	if !is {
		os.Exit(77)
	}
	connected(work)
}
