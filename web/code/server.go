// The program that answers, one conversation after the other. Go 1.18 or later, standard library only.
// server PORT
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

const password = ""

var be = binary.BigEndian

type Message struct {
	tag  byte
	body []byte
}

// must ends the conversation when there is an error: main catches the panic.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// readFull reads exactly n bytes: one Read may give fewer.
func readFull(r io.Reader, n int) []byte {
	if n < 0 || n >= 1<<30 {
		panic(fmt.Errorf("a length that cannot be: %d", n))
	}
	bytes := make([]byte, n)
	must(io.ReadFull(r, bytes))
	return bytes
}

func ints(values ...uint32) []byte {
	var bytes []byte
	for _, value := range values {
		bytes = append(bytes, byte(value>>24), byte(value>>16), byte(value>>8), byte(value))
	}
	return bytes
}

func message(tag byte, body string) []byte {
	return append(append([]byte{tag}, ints(uint32(4+len(body)))...), body...)
}

// views gives the reader and the writer of a connection.
func views(conn net.Conn) (*bufio.Reader, *bufio.Writer) {
	return bufio.NewReader(conn), bufio.NewWriter(conn)
}

// encryption is the byte that answers SSLRequest and GSSENCRequest; 0 for any other packet.
func encryption(packet []byte) byte {
	if code := be.Uint32(packet); code == 80877103 || code == 80877104 {
		return 'N'
	}
	return 0
}

// startTLS gives the views to go on with, where encryption says S: those of tls.Server(conn, …).
func startTLS(conn net.Conn) (*bufio.Reader, *bufio.Writer) {
	panic(errors.New("no certificate"))
}

// ready writes the answer, ReadyForQuery unless it wants COPY data first, and flushes. Errors of a
// bufio.Writer stay with it, and the reads that follow fail too.
func ready(w *bufio.Writer, answer []byte) {
	w.Write(answer)
	if len(answer) == 0 || answer[0] != 'G' {
		w.Write(message('Z', "I"))
	}
	w.Flush()
}

// DB stands for what knows users and SQL.
type DB struct {
	asked  bool
	failed []byte
}

// wantsProof tells whether the user is not let in yet by this StartupMessage or proof.
func (db *DB) wantsProof(packet []byte) bool {
	if !db.asked {
		if be.Uint32(packet)>>16 != 3 {
			panic(errors.New("no StartupMessage"))
		}
		db.asked = true
		return password != ""
	}
	if string(packet) != password+"\x00" {
		panic(errors.New("a wrong password"))
	}
	return false
}

// challenge is the AuthenticationX that asks for the proof.
func (db *DB) challenge() []byte {
	return message('R', string(ints(3)))
}

func (db *DB) welcome() []byte {
	return bytes.Join([][]byte{
		message('R', string(ints(0))),
		message('S', "server_version\x0015.0\x00"),
		message('S', "client_encoding\x00UTF8\x00"),
		message('K', string(ints(1, 2))),
		message('Z', "I"),
	}, nil)
}

func (db *DB) query(m Message) []byte {
	if bytes.HasPrefix(bytes.ToLower(m.body), []byte("copy")) {
		return message('G', "\x00\x00\x00")
	}
	column := "\x00\x01n\x00" + string(ints(0)) + "\x00\x00" + string(ints(25)) + "\xff\xff\xff\xff\xff\xff\x00\x00"
	return bytes.Join([][]byte{
		message('T', column),
		message('D', "\x00\x01\x00\x00\x00\x011"),
		message('C', "SELECT 1\x00"),
	}, nil)
}

func (db *DB) step(w *bufio.Writer, m Message) {
	switch {
	case bytes.Contains(m.body, []byte("fail")):
		db.failed = message('E', "SERROR\x00C42601\x00Mit failed\x00\x00")
	case m.tag == 'E':
		w.Write(message('C', "SELECT 0\x00"))
	default:
		w.Write(message(map[byte]byte{'P': '1', 'B': '2', 'D': 'n', 'C': '3'}[m.tag], ""))
	}
}

func (db *DB) copy(w *bufio.Writer, m Message) {
	switch m.tag {
	case 'c':
		ready(w, message('C', "COPY 1\x00"))
	case 'f':
		ready(w, message('E', "SERROR\x00C57014\x00Mno more data\x00\x00"))
	}
}

// failure is the ErrorResponse of a step that failed, once.
func (db *DB) failure() []byte {
	failed := db.failed
	db.failed = nil
	return failed
}

func main() {
	listener := must(net.Listen("tcp", "127.0.0.1:"+os.Args[1]))
	for {
		func() {
			defer func() {
				if problem := recover(); problem != nil {
					fmt.Fprintln(os.Stderr, problem)
				}
			}()
			serve(listener, &DB{})
		}()
	}
}

// >>>
func readMessage(r io.Reader) Message {
    tag := readFull(r, 1)[0] // @tag
    length := int(be.Uint32(readFull(r, 4))) // @length
    return Message{tag, readFull(r, length-4)} // @body
}

func serve(listener net.Listener, db *DB) {
    conn := must(listener.Accept()) // @accept
    defer conn.Close()
    r, w := views(conn)
    var packet []byte
    for {
        length := int(be.Uint32(readFull(r, 4))) // @packet_length
        packet = readFull(r, length-4) // @packet
        answer := encryption(packet)
        if answer == 0 { break }
        w.WriteByte(answer); w.Flush() // @answer
        if answer == 'S' { r, w = startTLS(conn) } // @tls
    }
    for db.wantsProof(packet) {
        w.Write(db.challenge()); w.Flush() // @challenge
        packet = readMessage(r).body // @proof
    }
    w.Write(db.welcome()); w.Flush() // @welcome
    for {
        m := readMessage(r) // @message
        switch m.tag { // @dispatch
        case 'Q', 'F': ready(w, db.query(m)) // @query
        case 'P', 'B', 'D', 'E', 'C': db.step(w, m) // @step
        case 'd', 'c', 'f': db.copy(w, m) // @copy
        case 'H': w.Flush() // @flush
        case 'X': return // @close
        }
        if failure := db.failure(); failure != nil {
            w.Write(failure) // @error
            for m.tag != 'S' { m = readMessage(r) } // @skip
        }
        if m.tag == 'S' { ready(w, nil) } // @sync
    }
}
// <<<
