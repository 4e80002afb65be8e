# The program that answers, one conversation a run. Python 3.11, standard library only.
# python3 server.py PORT
import socket
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
            raise EOFError("the client closed")
        data += part
    return data


def message(tag, body=b""):
    return tag + pack("!I", 4 + len(body)) + body


def encryption(packet):
    """The byte that answers SSLRequest and GSSENCRequest; nothing for any other packet."""
    (code,) = unpack_from("!I", packet)
    return b"N" if code in (80877103, 80877104) else b""


def start_tls(sock):
    """The socket and the writer to go on with, where encryption() says S."""
    raise NotImplementedError


def ready(w, answer):
    """The answer, ReadyForQuery unless it wants COPY data first, and out with it."""
    w.write(answer)
    if answer[:1] != b"G":
        w.write(message(b"Z", b"I"))
    w.flush()


class Db:
    """Stands for what knows users and SQL."""

    def __init__(self):
        self.asked = False
        self.failed = b""

    def wants_proof(self, packet):
        """Whether the user is not let in yet by this StartupMessage or proof."""
        if not self.asked:
            if unpack_from("!I", packet)[0] >> 16 != 3:
                raise ValueError("no StartupMessage")
            self.asked = True
            return PASSWORD != b""
        if packet != PASSWORD + b"\0":
            raise PermissionError
        return False

    def challenge(self):
        """The AuthenticationX that asks for the proof."""
        return message(b"R", pack("!I", 3))

    def welcome(self):
        statuses = {b"server_version": b"15.0", b"client_encoding": b"UTF8"}.items()
        return (
            message(b"R", pack("!I", 0))
            + b"".join(message(b"S", name + b"\0" + value + b"\0") for name, value in statuses)
            + message(b"K", pack("!II", 1, 2))
            + message(b"Z", b"I")
        )

    def query(self, m):
        if m.body[:4].lower() == b"copy":
            return message(b"G", b"\0\0\0")
        column = pack("!H", 1) + b"n\0" + pack("!IHIhih", 0, 0, 25, -1, -1, 0)
        row = pack("!HI", 1, 1) + b"1"
        return message(b"T", column) + message(b"D", row) + message(b"C", b"SELECT 1\0")

    def step(self, w, m):
        if b"fail" in m.body:
            self.failed = message(b"E", b"SERROR\0C42601\0Mit failed\0\0")
        elif m.tag == b"E":
            w.write(message(b"C", b"SELECT 0\0"))
        else:
            w.write(message({b"P": b"1", b"B": b"2", b"D": b"n", b"C": b"3"}[m.tag]))

    def copy(self, w, m):
        if m.tag == b"c":
            ready(w, message(b"C", b"COPY 1\0"))
        elif m.tag == b"f":
            ready(w, message(b"E", b"SERROR\0C57014\0Mno more data\0\0"))

    def failure(self):
        """The ErrorResponse of a step that failed, once."""
        failed, self.failed = self.failed, b""
        return failed


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
db = Db()


# >>>
def read_message(sock):
    tag = read(sock, 1)  # @tag
    length = int.from_bytes(read(sock, 4), "big")  # @length
    return Message(tag, read(sock, length - 4))  # @body

sock, _ = listener.accept()  # @accept
with sock, sock.makefile("wb") as w:
    while True:
        length = int.from_bytes(read(sock, 4), "big")  # @packet_length
        packet = read(sock, length - 4)  # @packet
        if not (answer := encryption(packet)): break
        w.write(answer); w.flush()  # @answer
        if answer == b"S": sock, w = start_tls(sock)  # @tls
    while db.wants_proof(packet):
        w.write(db.challenge()); w.flush()  # @challenge
        packet = read_message(sock).body  # @proof
    w.write(db.welcome()); w.flush()  # @welcome
    while True:
        m = read_message(sock)  # @message
        match m.tag:  # @dispatch
            case b"Q" | b"F": ready(w, db.query(m))  # @query
            case b"P" | b"B" | b"D" | b"E" | b"C":
                db.step(w, m)  # @step
            case b"d" | b"c" | b"f": db.copy(w, m)  # @copy
            case b"H": w.flush()  # @flush
            case b"X": break  # @close
        if failure := db.failure():
            w.write(failure)  # @error
            while m.tag != b"S": m = read_message(sock)  # @skip
        if m.tag == b"S": ready(w, b"")  # @sync
# <<<
