// The program that answers, one conversation a run. C# 12, .NET 8, with ImplicitUsings and Nullable as in a new console project.
// server PORT
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;
using static Bytes;

var listener = new TcpListener(IPAddress.Loopback, int.Parse(args[0]));
listener.Start();
var db = new Db();

// >>>
static Message ReadMessage(Stream r) {
    var tag = (char)r.ReadExactly(1)[0]; // @tag
    var length = ReadInt32BigEndian(r.ReadExactly(4)); // @length
    return new(tag, r.ReadExactly(length - 4)); // @body
}

using var sock = listener.AcceptTcpClient(); // @accept
var (r, w) = Views(sock);
byte[] packet;
while (true) {
    var length = ReadInt32BigEndian(r.ReadExactly(4)); // @packet_length
    packet = r.ReadExactly(length - 4); // @packet
    var answer = Encryption(packet);
    if (answer == 0) break;
    w.WriteByte(answer); w.Flush(); // @answer
    if (answer == 'S') (r, w) = StartTls(sock); // @tls
}
while (db.WantsProof(packet)) {
    w.Write(db.Challenge()); w.Flush(); // @challenge
    packet = ReadMessage(r).Body; // @proof
}
w.Write(db.Welcome()); w.Flush(); // @welcome
while (true) {
    var m = ReadMessage(r); // @message
    switch (m.Tag) { // @dispatch
        case 'Q' or 'F': Ready(w, db.Query(m)); break; // @query
        case 'P' or 'B' or 'D' or 'E' or 'C':
            db.Step(w, m); break; // @step
        case 'd' or 'c' or 'f': db.Copy(w, m); break; // @copy
        case 'H': w.Flush(); break; // @flush
        case 'X': return; // @close
    }
    if (db.Failure() is { } failure) {
        w.Write(failure); // @error
        while (m.Tag != 'S') m = ReadMessage(r); // @skip
    }
    if (m.Tag == 'S') Ready(w, []); // @sync
}
// <<<

record struct Message(char Tag, byte[] Body);

static class Bytes
{
    /// <summary>Exactly n bytes: one Read may give fewer.</summary>
    public static byte[] ReadExactly(this Stream s, int n)
    {
        if (n < 0 || n >= 1 << 30) throw new InvalidDataException("a length that cannot be");
        var bytes = new byte[n];
        s.ReadExactly(bytes, 0, n);
        return bytes;
    }

    public static byte[] Ints(params int[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++) WriteInt32BigEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }

    public static byte[] Build(char tag, byte[] body)
    {
        return Ints(4 + body.Length).Prepend((byte)tag).Concat(body).ToArray();
    }

    public static byte[] Build(char tag, string body)
    {
        return Build(tag, Encoding.Latin1.GetBytes(body));
    }

    /// <summary>The two views of a socket.</summary>
    public static (Stream, Stream) Views(TcpClient sock)
    {
        return (sock.GetStream(), new BufferedStream(sock.GetStream()));
    }

    /// <summary>The byte that answers SSLRequest and GSSENCRequest; 0 for any other packet.</summary>
    public static byte Encryption(byte[] packet)
    {
        var code = ReadInt32BigEndian(packet);
        return code == 80877103 || code == 80877104 ? (byte)'N' : (byte)0;
    }

    /// <summary>The views to go on with, where Encryption says S: those of an SslStream.</summary>
    public static (Stream, Stream) StartTls(TcpClient sock)
    {
        throw new NotSupportedException("no certificate");
    }

    /// <summary>The answer, ReadyForQuery unless it wants COPY data first, and out with it.</summary>
    public static void Ready(Stream w, byte[] answer)
    {
        w.Write(answer);
        if (answer.Length == 0 || answer[0] != 'G') w.Write(Build('Z', "I"));
        w.Flush();
    }
}

/// <summary>Stands for what knows users and SQL.</summary>
class Db
{
    static readonly string Password = "";
    bool asked;
    byte[]? failed;

    /// <summary>Whether the user is not let in yet by this StartupMessage or proof.</summary>
    public bool WantsProof(byte[] packet)
    {
        if (!asked)
        {
            if (ReadInt32BigEndian(packet) >> 16 != 3) throw new InvalidDataException("no StartupMessage");
            asked = true;
            return Password != "";
        }
        if (Encoding.Latin1.GetString(packet) != Password + "\0") throw new UnauthorizedAccessException();
        return false;
    }

    /// <summary>The AuthenticationX that asks for the proof.</summary>
    public byte[] Challenge()
    {
        return Build('R', Ints(3));
    }

    public byte[] Welcome()
    {
        return Build('R', Ints(0))
            .Concat(Build('S', "server_version\0" + "15.0\0"))
            .Concat(Build('S', "client_encoding\0UTF8\0"))
            .Concat(Build('K', Ints(1, 2)))
            .Concat(Build('Z', "I"))
            .ToArray();
    }

    public byte[] Query(Message m)
    {
        if (Encoding.Latin1.GetString(m.Body).ToLower().StartsWith("copy")) return Build('G', new byte[3]);
        var column = "\0\u0001n\0\0\0\0\0\0\0\0\0\0\u0019\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\0\0";
        return Build('T', column)
            .Concat(Build('D', "\0\u0001\0\0\0\u00011"))
            .Concat(Build('C', "SELECT 1\0"))
            .ToArray();
    }

    public void Step(Stream w, Message m)
    {
        if (Encoding.Latin1.GetString(m.Body).Contains("fail"))
        {
            failed = Build('E', "SERROR\0C42601\0Mit failed\0\0");
            return;
        }
        switch (m.Tag)
        {
            case 'P': w.Write(Build('1', "")); break;
            case 'B': w.Write(Build('2', "")); break;
            case 'D': w.Write(Build('n', "")); break;
            case 'E': w.Write(Build('C', "SELECT 0\0")); break;
            default: w.Write(Build('3', "")); break;
        }
    }

    public void Copy(Stream w, Message m)
    {
        if (m.Tag == 'c') Ready(w, Build('C', "COPY 1\0"));
        if (m.Tag == 'f') Ready(w, Build('E', "SERROR\0C57014\0Mno more data\0\0"));
    }

    /// <summary>The ErrorResponse of a step that failed, once.</summary>
    public byte[]? Failure()
    {
        var once = failed;
        failed = null;
        return once;
    }
}
