// The program that asks. Zig 0.15, std only.
// client PORT SQL...
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
fn read(r: *Reader, n: i64) ![]u8 {
    if (n < 0 or n >= 1 << 30) return error.LengthThatCannotBe;
    _ = arena.reset(.retain_capacity);
    return r.readAlloc(arena.allocator(), @intCast(n));
}

/// Writes and flushes.
fn send(w: *Writer, bytes: []const u8) !void {
    try w.writeAll(bytes);
    try w.flush();
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

const ssl_request = ints(&.{ 8, 80877103 });
const startup = message("", ints(&.{3 << 16}) ++ "user\x00me\x00\x00");
const copy_data = message("d", "1\tone\n") ++ message("c", "");
const terminate = message("X", "");

/// Goes on inside TLS: std.crypto.tls.Client has such views too.
fn startTls(_: **Reader, _: **Writer) !void {
    return error.NoTls;
}

/// What the server wants to see; nothing once it is content.
fn proof(m: Message) ![]const u8 {
    if (m.body.len < 4) return error.EndOfMessage;
    return switch (std.mem.readInt(u32, m.body[0..4], .big)) {
        0 => "",
        3 => message("p", password ++ "\x00"),
        else => error.UnknownAuthentication,
    };
}

fn report(m: Message) void {
    std.debug.print("error: {f}\n", .{std.ascii.hexEscape(m.body, .lower)});
}

fn handle(m: Message) void {
    std.debug.print("{c} {f}\n", .{ m.tag, std.ascii.hexEscape(m.body, .lower) });
}

/// The requests still to come.
const Program = struct {
    arguments: std.process.ArgIterator,
    room: [8192]u8 = undefined,

    fn next(program: *Program) ?[]const u8 {
        const sql = program.arguments.next() orelse return null;
        var w: Writer = .fixed(&program.room);
        w.writeByte('Q') catch return null;
        w.writeInt(u32, @intCast(4 + sql.len + 1), .big) catch return null;
        w.writeAll(sql[0 .. sql.len + 1]) catch return null;
        return w.buffered();
    }
};

pub fn main() !void {
    var program: Program = .{ .arguments = std.process.args() };
    _ = program.arguments.skip();
    const port = try std.fmt.parseInt(u16, program.arguments.next() orelse return error.NoPort, 10);
    try talk(try net.Address.parseIp("127.0.0.1", port), &program);
}

// >>>
fn readMessage(r: *Reader) !Message {
    const tag = try r.takeByte(); // @tag
    const len: i64 = try r.takeInt(i32, .big); // @length
    return .{ .tag = tag, .body = try read(r, len - 4) }; // @body
}

fn talk(address: net.Address, program: *Program) !void {
    const sock = try net.tcpConnectToAddress(address); // @connect
    defer sock.close(); // @close
    var r, var w = views(sock);
    try send(w, ssl_request); // @ask
    const answer = try r.takeByte(); // @byte
    if (answer == 'S') try startTls(&r, &w); // @tls
    try send(w, startup); // @startup
    while (true) {
        const m = try readMessage(r); // @message
        switch (m.tag) { // @dispatch
            'R' => try send(w, try proof(m)), // @proof
            'Z' => {
                const q = program.next() orelse break; // @next
                try send(w, q); // @request
            },
            'G' => try send(w, copy_data), // @data
            'E' => report(m), // @report
            else => handle(m), // @handle
        }
    }
    try send(w, terminate); // @terminate
}
// <<<
