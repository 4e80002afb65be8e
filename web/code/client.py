# The program that asks. Python 3.11, standard library only.
# python3 client.py PORT SQL...
import socket
import ssl
import sys
from struct import pack, unpack_from
from typing import NamedTuple

PASSWORD = b""


class Message(NamedTuple):
    tag: bytes
    body: bytes


def read(sock, n):
    """Exactly n bytes: one recv may give fewer."""
    if not 0 <= n < 1 << 30:
        raise ValueError("a length that cannot be")
    data = b""
    while len(data) < n:
        part = sock.recv(n - len(data))
        if not part:
            raise EOFError("the server closed")
        data += part
    return data


def message(tag, body=b""):
    return tag + pack("!I", 4 + len(body)) + body


def startup(user):
    body = pack("!I", 3 << 16) + b"user\0" + user + b"\0\0"
    return pack("!I", 4 + len(body)) + body


def start_tls(sock):
    return ssl.create_default_context().wrap_socket(sock, server_hostname=address[0])


def proof(m):
    """What the server wants to see; nothing once it is content."""
    (kind,) = unpack_from("!I", m.body)
    if kind == 0:
        return b""
    if kind == 3:
        return message(b"p", PASSWORD + b"\0")
    raise NotImplementedError(f"authentication {kind}")


def copy_data():
    return message(b"d", b"1\tone\n") + message(b"c")


def report(m):
    print("error:", [field[1:].decode() for field in m.body.split(b"\0") if field[:1] in (b"C", b"M")])


def handle(m):
    print(m.tag.decode(), m.body)


address = ("127.0.0.1", int(sys.argv[1]))
program = iter([message(b"Q", sql.encode() + b"\0") for sql in sys.argv[2:]])


# >>>
def read_message(sock):
    tag = read(sock, 1)  # @tag
    length = int.from_bytes(read(sock, 4), "big")  # @length
    return Message(tag, read(sock, length - 4))  # @body

sock = socket.create_connection(address)  # @connect
sock.sendall(pack("!II", 8, 80877103))  # @ask
answer = read(sock, 1)  # @byte
if answer == b"S": sock = start_tls(sock)  # @tls
sock.sendall(startup(b"me"))  # @startup
while True:
    m = read_message(sock)  # @message
    match m.tag:  # @dispatch
        case b"R": sock.sendall(proof(m))  # @proof
        case b"Z":
            request = next(program, None)  # @next
            if request is None: break
            sock.sendall(request)  # @request
        case b"G": sock.sendall(copy_data())  # @data
        case b"E": report(m)  # @report
        case _: handle(m)  # @handle
sock.sendall(message(b"X"))  # @terminate
sock.close()  # @close
# <<<
