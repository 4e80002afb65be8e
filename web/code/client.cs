// The program that asks. C# 12, .NET 8, with ImplicitUsings and Nullable as in a new console project.
// client PORT SQL...
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;
using static Bytes;

var (host, port) = ("127.0.0.1", int.Parse(args[0]));
var program = args.Skip(1).Select(sql => Build('Q', sql + "\0")).GetEnumerator();

// >>>
static Message ReadMessage(Stream s) {
    var tag = (char)s.ReadExactly(1)[0]; // @tag
    var length = ReadInt32BigEndian(s.ReadExactly(4)); // @length
    return new(tag, s.ReadExactly(length - 4)); // @body
}

Stream s = new TcpClient(host, port).GetStream(); // @connect
s.Write(Ints(8, 80877103)); // @ask
var answer = s.ReadExactly(1)[0]; // @byte
if (answer == 'S') s = StartTls(s, host); // @tls
s.Write(Startup("me")); // @startup
for (var more = true; more;) {
    var m = ReadMessage(s); // @message
    switch (m.Tag) { // @dispatch
        case 'R': s.Write(Proof(m)); break; // @proof
        case 'Z':
            more = program.MoveNext(); // @next
            if (more) s.Write(program.Current); // @request
            break;
        case 'G': s.Write(CopyData()); break; // @data
        case 'E': Report(m); break; // @report
        default: Handle(m); break; // @handle
    }
}
s.Write(Build('X', "")); // @terminate
s.Close(); // @close
// <<<

record struct Message(char Tag, byte[] Body);

static class Bytes
{
    static readonly string Password = "";

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

    public static byte[] Build(char tag, string body)
    {
        var text = Encoding.UTF8.GetBytes(body);
        return Ints(4 + text.Length).Prepend((byte)tag).Concat(text).ToArray();
    }

    public static byte[] Startup(string user)
    {
        var text = Encoding.UTF8.GetBytes("user\0" + user + "\0\0");
        return Ints(8 + text.Length, 3 << 16).Concat(text).ToArray();
    }

    public static Stream StartTls(Stream s, string host)
    {
        var tls = new SslStream(s);
        tls.AuthenticateAsClient(host);
        return tls;
    }

    /// <summary>What the server wants to see; nothing once it is content.</summary>
    public static byte[] Proof(Message m)
    {
        switch (ReadInt32BigEndian(m.Body))
        {
            case 0: return new byte[0];
            case 3: return Build('p', Password + "\0");
            default: throw new NotSupportedException("another authentication");
        }
    }

    public static byte[] CopyData()
    {
        return Build('d', "1\tone\n").Concat(Build('c', "")).ToArray();
    }

    public static void Report(Message m)
    {
        Console.WriteLine("error: " + Encoding.UTF8.GetString(m.Body).Replace('\0', ' '));
    }

    public static void Handle(Message m)
    {
        Console.WriteLine(m.Tag + " " + BitConverter.ToString(m.Body));
    }
}
