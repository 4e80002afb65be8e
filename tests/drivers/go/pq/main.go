// The driver lib/pq, through database/sql.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/lib/pq"
)

const item = "SELECT id, name, price, added FROM items WHERE id = $1"

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

func connected(options string, work func(*sql.DB)) {
	db, err := sql.Open("postgres", "sslmode=disable "+options)
	must(err)
	db.SetMaxOpenConns(1)
	work(db)
	must(db.Close())
}

func count(found *sql.Rows, err error) int {
	must(err)
	count := 0
	for found.Next() {
		count++
	}
	must(found.Err())
	must(found.Close())
	return count
}

func fails(err error, code string) {
	var told *pq.Error
	expect(errors.As(err, &told) && string(told.Code) == code, fmt.Sprint(err))
}

func reuse(db *sql.DB) {
	statement, err := db.Prepare(item)
	must(err)
	for id := 1; id <= 4; id++ {
		expect(count(statement.Query(id)) == 1, item)
	}
	must(statement.Close())
}

var tasks = map[string]func(*sql.DB){
	"connect": func(db *sql.DB) { must(db.Ping()) },
	"scram":   func(db *sql.DB) { expect(count(db.Query("SELECT 1")) == 1, "a row") },
	"simple": func(db *sql.DB) {
		expect(count(db.Query("SELECT id, name FROM items WHERE id <= 2 ORDER BY id")) == 2, "two rows")
		found, err := db.Query("SELECT 1 AS one; SELECT 2 AS two")
		must(err)
		for found.NextResultSet() {
		}
		must(found.Close())
	},
	"parameters": func(db *sql.DB) {
		sql := "SELECT id, name, price FROM items WHERE id = $1 OR name = $2"
		expect(count(db.Query(sql, 2, "item 5")) == 2, sql)
	},
	"reuse": func(db *sql.DB) {
		reuse(db)
		connected("binary_parameters=yes", reuse)
	},
	"error": func(db *sql.DB) {
		transaction, err := db.Begin()
		must(err)
		_, err = transaction.Exec("INSERT INTO notes VALUES ($1, $2)", 1, "lost")
		must(err)
		_, err = transaction.Exec("SELECT 1 / $1::int", 0)
		fails(err, "22012")
		_, err = transaction.Exec("SELECT 1")
		fails(err, "25P02")
		must(transaction.Rollback())
		expect(count(db.Query("SELECT count(*) FROM notes")) == 1, "the end")
	},
	"copy": func(db *sql.DB) {
		transaction, err := db.Begin()
		must(err)
		statement, err := transaction.Prepare(pq.CopyIn("notes", "id", "note"))
		must(err)
		for id := 1; id <= 3; id++ {
			_, err = statement.Exec(id, "note")
			must(err)
		}
		_, err = statement.Exec()
		must(err)
		must(statement.Close())
		must(transaction.Commit())
		expect(count(db.Query("SELECT * FROM notes")) == 3, "three rows")
	},
	"notify": func(db *sql.DB) {
		listener := pq.NewListener("sslmode=disable", time.Second, time.Second, nil)
		must(listener.Listen("news"))
		_, err := db.Exec("NOTIFY news, 'hello'")
		must(err)
		heard := <-listener.Notify
		expect(heard.Extra == "hello", heard.Extra)
		must(listener.Close())
	},
	"cancel": func(db *sql.DB) {
		soon, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer stop()
		_, err := db.ExecContext(soon, "SELECT pg_sleep(10)")
		expect(err != nil, "an error")
		expect(count(db.Query("SELECT 1")) == 1, "the end")
	},
	"cursor": func(db *sql.DB) {
		transaction, err := db.Begin()
		must(err)
		_, err = transaction.Exec("DECLARE portions CURSOR FOR SELECT id, name, price FROM items ORDER BY id")
		must(err)
		for _, wanted := range []int{6, 6, 6, 2} {
			expect(count(transaction.Query("FETCH 6 FROM portions")) == wanted, "a portion")
		}
		must(transaction.Commit())
	},
	"types": func(db *sql.DB) {
		expect(count(db.Query("SELECT * FROM kinds WHERE $1", true)) == 2, "two rows")
	},
	"large": func(db *sql.DB) {
		sql := "SELECT i, md5(i::text) FROM generate_series(1, $1) AS i"
		expect(count(db.Query(sql, rows())) == rows(), sql)
	},
}

func main() {
	task := os.Args[1]
	if task == "version" {
		info, _ := debug.ReadBuildInfo()
		fmt.Println("lib/pq,", info.GoVersion)
		return
	}
	work, is := tasks[task]
	if !is {
		os.Exit(77)
	}
	connected("", work)
}
