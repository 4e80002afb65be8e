// The program that asks. Go 1.18 or later, standard library only.
// client PORT SQL...
package main

import (
	"crypto/tls"
	"encoding/binary"
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

// must ends the program when there is an error.
func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// readFull reads exactly n bytes: one Read may give fewer.
func readFull(r io.Reader, n int) []byte {
	if n < 0 || n >= 1<<30 {
		must(0, fmt.Errorf("a length that cannot be: %d", n))
	}
	bytes := make([]byte, n)
	must(io.ReadFull(r, bytes))
	return bytes
}

func write(w io.Writer, bytes []byte) {
	must(w.Write(bytes))
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

func startup(user string) []byte {
	body := string(ints(3<<16)) + "user\x00" + user + "\x00\x00"
	return append(ints(uint32(4+len(body))), body...)
}

func startTLS(conn net.Conn) net.Conn {
	return tls.Client(conn, &tls.Config{ServerName: "127.0.0.1"})
}

// proof is what the server wants to see; nothing once it is content.
func proof(m Message) []byte {
	switch kind := be.Uint32(m.body); kind {
	case 0:
		return nil
	case 3:
		return message('p', password+"\x00")
	default:
		return must[[]byte](nil, fmt.Errorf("authentication %d", kind))
	}
}

func copyData() []byte {
	return append(message('d', "1\tone\n"), message('c', "")...)
}

func report(m Message) {
	fmt.Printf("error: %q\n", m.body)
}

func handle(m Message) {
	fmt.Printf("%c %q\n", m.tag, m.body)
}

// Program is the requests still to come.
type Program []string

func (p *Program) next() (request []byte, more bool) {
	if len(*p) == 0 {
		return nil, false
	}
	request = message('Q', (*p)[0]+"\x00")
	*p = (*p)[1:]
	return request, true
}

func main() {
	program := Program(os.Args[2:])
	talk("127.0.0.1:"+os.Args[1], &program)
}

// >>>
func readMessage(r io.Reader) Message {
    tag := readFull(r, 1)[0] // @tag
    length := int(be.Uint32(readFull(r, 4))) // @length
    return Message{tag, readFull(r, length-4)} // @body
}

func talk(addr string, program *Program) {
    conn := must(net.Dial("tcp", addr)) // @connect
    write(conn, ints(8, 80877103)) // @ask
    answer := readFull(conn, 1)[0] // @byte
    if answer == 'S' { conn = startTLS(conn) } // @tls
    write(conn, startup("me")) // @startup
    for more := true; more; {
        var request []byte
        m := readMessage(conn) // @message
        switch m.tag { // @dispatch
        case 'R': write(conn, proof(m)) // @proof
        case 'Z':
            request, more = program.next() // @next
            if more { write(conn, request) } // @request
        case 'G': write(conn, copyData()) // @data
        case 'E': report(m) // @report
        default: handle(m) // @handle
        }
    }
    write(conn, message('X', "")) // @terminate
    conn.Close() // @close
}
// <<<
