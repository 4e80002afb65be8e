// The program that answers, one conversation after the other. Zig 0.15, std only.
// server PORT
const std = @import("std");
const net = std.net;
const Reader = std.Io.Reader;
const Writer = std.Io.Writer;

const password = "";

const Message = struct { tag: u8, body: []const u8 };

var arena: std.heap.ArenaAllocator = .init(std.heap.page_allocator);
var input: [8192]u8 = undefined;
var output: [8192]u8 = undefined;
var reader: net.Stream.Reader = undefined;
var writer: net.Stream.Writer = undefined;

/// The two views of a socket.
fn views(sock: net.Stream) struct { *Reader, *Writer } {
    reader = sock.reader(&input);
    writer = sock.writer(&output);
    return .{ reader.interface(), &writer.interface };
}

/// Exactly n bytes, which stay until the next call.
fn read(r: *Reader, n: i64) ![]const u8 {
    if (n < 0 or n >= 1 << 30) return error.LengthThatCannotBe;
    _ = arena.reset(.retain_capacity);
    return r.readAlloc(arena.allocator(), @intCast(n));
}

/// Integers at compile time as their bytes.
fn ints(comptime values: []const u32) []const u8 {
    comptime var bytes: []const u8 = "";
    inline for (values) |value| bytes = bytes ++ std.mem.asBytes(&std.mem.nativeToBig(u32, value));
    return bytes;
}

/// A message at compile time.
fn message(comptime tag: []const u8, comptime body: []const u8) []const u8 {
    return tag ++ comptime ints(&.{4 + body.len}) ++ body;
}

const welcome = message("R", ints(&.{0})) ++
    message("S", "server_version\x0015.0\x00") ++
    message("S", "client_encoding\x00UTF8\x00") ++
    message("K", ints(&.{ 1, 2 })) ++
    message("Z", "I");

fn code(packet: []const u8) u32 {
    return if (packet.len < 4) 0 else std.mem.readInt(u32, packet[0..4], .big);
}

/// The byte that answers SSLRequest and GSSENCRequest; null for any other packet.
fn encryption(packet: []const u8) ?u8 {
    return switch (code(packet)) {
        80877103, 80877104 => 'N',
        else => null,
    };
}

/// Goes on inside TLS, where encryption says S: a library for servers goes here.
fn startTls(_: **Reader, _: **Writer) !void {
    return error.NoTls;
}

/// The answer, ReadyForQuery unless it wants COPY data first, and out with it.
fn ready(w: *Writer, answer: []const u8) !void {
    try w.writeAll(answer);
    if (!std.mem.startsWith(u8, answer, "G")) try w.writeAll(message("Z", "I"));
    try w.flush();
}

/// Stands for what knows users and SQL.
const Db = struct {
    asked: bool = false,
    failed: ?[]const u8 = null,

    /// Whether the user is not let in yet by this StartupMessage or proof.
    fn wantsProof(db: *Db, packet: []const u8) !bool {
        if (!db.asked) {
            if (code(packet) >> 16 != 3) return error.NoStartupMessage;
            db.asked = true;
            return password.len > 0;
        }
        if (!std.mem.eql(u8, packet, password ++ "\x00")) return error.WrongPassword;
        return false;
    }

    /// The AuthenticationX that asks for the proof.
    fn challenge(_: *Db) []const u8 {
        return message("R", ints(&.{3}));
    }

    fn query(_: *Db, m: Message) []const u8 {
        if (std.ascii.startsWithIgnoreCase(m.body, "copy")) return message("G", "\x00\x00\x00");
        const column = comptime "\x00\x01n\x00" ++ ints(&.{0}) ++ "\x00\x00" ++ ints(&.{25}) ++ "\xff" ** 6 ++ "\x00\x00";
        return comptime message("T", column) ++ message("D", "\x00\x01\x00\x00\x00\x011") ++ message("C", "SELECT 1\x00");
    }

    fn step(db: *Db, w: *Writer, m: Message) !void {
        if (std.mem.indexOf(u8, m.body, "fail") != null) {
            db.failed = message("E", "SERROR\x00C42601\x00Mit failed\x00\x00");
        } else try w.writeAll(switch (m.tag) {
            'P' => message("1", ""),
            'B' => message("2", ""),
            'D' => message("n", ""),
            'E' => message("C", "SELECT 0\x00"),
            else => message("3", ""),
        });
    }

    fn copy(_: *Db, w: *Writer, m: Message) !void {
        switch (m.tag) {
            'c' => try ready(w, message("C", "COPY 1\x00")),
            'f' => try ready(w, message("E", "SERROR\x00C57014\x00Mno more data\x00\x00")),
            else => {},
        }
    }

    /// The ErrorResponse of a step that failed, once.
    fn failure(db: *Db) ?[]const u8 {
        defer db.failed = null;
        return db.failed;
    }
};

pub fn main() !void {
    var arguments = std.process.args();
    _ = arguments.skip();
    const port = try std.fmt.parseInt(u16, arguments.next() orelse return error.NoPort, 10);
    const address = try net.Address.parseIp("127.0.0.1", port);
    var listener = try address.listen(.{ .reuse_address = true });
    while (true) {
        var db: Db = .{};
        serve(&listener, &db) catch |problem| std.debug.print("{t}\n", .{problem});
    }
}

// >>>
fn readMessage(r: *Reader) !Message {
    const tag = try r.takeByte(); // @tag
    const len: i64 = try r.takeInt(i32, .big); // @length
    return .{ .tag = tag, .body = try read(r, len - 4) }; // @body
}

fn serve(listener: *net.Server, db: *Db) !void {
    const sock = (try listener.accept()).stream; // @accept
    defer sock.close();
    var r, var w = views(sock);
    var packet = while (true) {
        const len: i64 = try r.takeInt(i32, .big); // @packet_length
        const got = try read(r, len - 4); // @packet
        const answer = encryption(got) orelse break got;
        try w.writeByte(answer); try w.flush(); // @answer
        if (answer == 'S') try startTls(&r, &w); // @tls
    };
    while (try db.wantsProof(packet)) {
        try w.writeAll(db.challenge()); try w.flush(); // @challenge
        packet = (try readMessage(r)).body; // @proof
    }
    try w.writeAll(welcome); try w.flush(); // @welcome
    while (true) {
        var m = try readMessage(r); // @message
        switch (m.tag) { // @dispatch
            'Q', 'F' => try ready(w, db.query(m)), // @query
            'P', 'B', 'D', 'E', 'C' => try db.step(w, m), // @step
            'd', 'c', 'f' => try db.copy(w, m), // @copy
            'H' => try w.flush(), // @flush
            'X' => return, // @close
            else => {},
        }
        if (db.failure()) |failure| {
            try w.writeAll(failure); // @error
            while (m.tag != 'S') m = try readMessage(r); // @skip
        }
        if (m.tag == 'S') try ready(w, ""); // @sync
    }
}
// <<<
