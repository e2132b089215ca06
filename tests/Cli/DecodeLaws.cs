using System.Text;
using WsProto.Cli.Tests.Captures;

namespace WsProto.Cli.Tests;

/// <summary>Whatever a file holds, it is decoded as far as it goes, in bounded memory.</summary>
public sealed class DecodeLaws
{
    private static readonly string[] _options = ["raw", "hex", "capture"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_file_throws(int seed)
    {
        var random = new Random(seed);
        byte[][] files = [.. Files()];
        for (int i = 0; i < 400; i++)
        {
            byte[] file = Spoil(files[random.Next(files.Length)], random);
            string[] options = random.Next(3) == 0 ? ["--format", _options[random.Next(3)]] : [];
            options = random.Next(3) == 0 ? [.. options, "--deflate"] : options;
            options = random.Next(3) == 0 ? [.. options, "--json"] : options;
            Tool tool = await Tool.PipeAsync(file, ["decode", "-", .. options]);
            Assert.Contains(tool.Code, new[] { 0, 1, 4 });
            Assert.Equal(tool.Code == 4, tool.Error.Length > 0);
            Assert.DoesNotContain(tool.Out, letter => char.IsControl(letter) && letter is not ('\n' or '\t'));
        }
    }

    /// <summary>How octets lie in segments does not matter.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Cutting_the_octets_anywhere_yields_the_same_rows(int size)
    {
        using var exchange = new Exchange(isCompressed: true);
        byte[][] client =
        [
            exchange.Request, exchange.Client("Hello"), exchange.Client(new BytesMessage(new byte[300])),
            exchange.Client(new string('é', 500)), [0x83, 0, 0x81, 0],
        ];
        byte[][] server =
        [
            exchange.Response, exchange.Server("Hello"), [0x01, 0x02, 0x41, 0xC3, 0x80, 0x01, 0xA9], [0x88, 0x02, 0x03, 0xEE],
        ];
        string[] whole = await RowsAsync(client, server, int.MaxValue);
        Assert.Equal(2, whole.Count(row => row.Contains("violation", StringComparison.Ordinal)));
        Assert.Equal(whole, await RowsAsync(client, server, size));
    }

    /// <summary>Lengths that are announced, holes without end and connections without number take no memory.</summary>
    [Fact]
    public void Memory_does_not_grow_with_what_a_file_says()
    {
        const int Most = 60 << 20;
        using var exchange = new Exchange();
        var capture = new CaptureBuilder();
        var talk = new TcpTalk(capture);
        talk.Open();
        talk.Client(exchange.Request);
        talk.Server(exchange.Response);
        // A frame of 2^62 octets, of which 37 MiB come.
        talk.Server(0x82, 0x7F, 0x40, 0, 0, 0, 0, 0, 0, 0);
        for (int i = 0; i < 600; i++)
            talk.Server(new byte[65_000]);
        Assert.InRange(HighestOf(capture.Pcap()), long.MinValue, Most);

        // A segment is missing before as many.
        capture.Packets.RemoveAt(5);
        Assert.InRange(HighestOf(capture.Pcap()), long.MinValue, Most);

        capture.Packets.Clear();
        for (int i = 0; i < 3000; i++)
        {
            var one = new TcpTalk(capture, (ushort)i);
            one.Open();
            one.Client(exchange.Request);
        }

        Assert.InRange(HighestOf(capture.Pcap()), long.MinValue, Most);
    }

    private static long HighestOf(byte[] file)
    {
        long before = Held();
        long highest = 0;
        using var input = new Watched(file, () => highest = Math.Max(highest, Held()));
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80) { Input = input };
        new Decode.DecodeRun(new Decode.DecodeSettings { File = "-" }, terminal).Run();
        return highest - before;
    }

    private static long Held()
    {
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: false);
    }

    private static async Task<string[]> RowsAsync(byte[][] client, byte[][] server, int size)
    {
        var capture = new CaptureBuilder();
        var talk = new TcpTalk(capture);
        talk.Open();
        foreach (byte[] piece in client.SelectMany(octets => octets.Chunk(Math.Min(size, octets.Length))))
            talk.Client(piece);
        foreach (byte[] piece in server.SelectMany(octets => octets.Chunk(Math.Min(size, octets.Length))))
            talk.Server(piece);
        Tool tool = await Tool.PipeAsync(capture.Pcap(), "decode", "-");
        return [.. DecodeTests.Rows(tool).Order(StringComparer.Ordinal)];
    }

    /// <summary>Files that are right.</summary>
    private static IEnumerable<byte[]> Files()
    {
        using var exchange = new Exchange(isCompressed: true);
        foreach (bool isV6 in new[] { false, true })
        {
            var capture = new CaptureBuilder();
            var talk = new TcpTalk(capture, isV6: isV6);
            talk.Open();
            talk.Client(exchange.Request);
            talk.Server(exchange.Response);
            for (int i = 0; i < 6; i++)
            {
                talk.Client(exchange.Client($"message {i}, message {i}"));
                talk.Server(exchange.Server(new Ping(new byte[i])));
            }

            talk.Close();
            yield return capture.Pcap(isV6 ? 1 : 113);
            yield return capture.Pcapng(isV6 ? 276 : 0, isBigEndian: isV6);
        }

        yield return [.. exchange.Request, .. exchange.Client("raw"), .. exchange.Client("octets")];
        yield return [.. exchange.Server("raw, raw"), .. exchange.Server("octets")];
        yield return Encoding.ASCII.GetBytes(
            $"> {Convert.ToHexString(exchange.Request)}\n< {Convert.ToHexString(exchange.Response)}\n< 810161");
        yield return new byte[500];
    }

    private static byte[] Spoil(byte[] file, Random random)
    {
        List<byte> octets = [.. file];
        for (int i = random.Next(6); i >= 0; i--)
        {
            int place = random.Next(octets.Count + 1);
            int count = Math.Min(random.Next(1, 20), octets.Count - place);
            switch (random.Next(5))
            {
                case 0:
                    octets.RemoveRange(place, count);
                    break;
                case 1:
                    octets.InsertRange(place, Enumerable.Range(0, random.Next(40)).Select(_ => (byte)random.Next(256)));
                    break;
                case 2 when count > 0:
                    octets.InsertRange(random.Next(octets.Count), octets.GetRange(place, count));
                    break;
                case 3 when random.Next(5) == 0:
                    octets.RemoveRange(place, octets.Count - place);
                    break;
                default:
                    for (int k = 0; k < count; k++)
                        octets[place + k] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. octets];
    }

    /// <summary>Says now and then that it is read.</summary>
    private sealed class Watched(byte[] octets, Action look) : MemoryStream(octets)
    {
        private int _reads;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_reads++ % 600 == 0)
                look();
            return base.Read(buffer, offset, count);
        }
    }
}
