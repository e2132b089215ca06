using WsProto.Extensions;
using WsProto.Negotiation;
using WsProto.Tests.Oracles;

namespace WsProto.Tests.Laws;

/// <summary>Every answer that the RFC allows to an offer of ours is taken, none else, and messages pass under it both ways.</summary>
[Trait("RFC", "7692 §7.1, §7.2")]
public class DeflateAnswerLaws
{
    private static readonly string[] _flags = ["", "=1"];

    /// <summary>Values of a window: every one that may be, then what may not.</summary>
    private static readonly string[] _windows = ["=8", "=9", "=10", "=11", "=12", "=13", "=14", "=15", "=\"10\"", "", "=7", "=16", "=08"];

    /// <summary>All 196 combinations of the four settings that make an offer.</summary>
    private static readonly PerMessageDeflate[] _settings =
    [
        .. from serverForgets in new[] { false, true }
           from clientForgets in new[] { false, true }
           from server in Enumerable.Range(9, 7)
           from client in Enumerable.Range(9, 7)
           select new PerMessageDeflate
           {
               ServerNoContextTakeover = serverForgets,
               ClientNoContextTakeover = clientForgets,
               ServerMaxWindowBits = server,
               ClientMaxWindowBits = client,
               MinCompressedSize = 0,
           },
    ];

    /// <summary>
    /// All offers with 3,600 answers: each parameter absent, with every value that may be and some that may not, and twice; in both orders.
    /// </summary>
    [Fact]
    [Trait("MUST", "7692-5.1-8")]
    [Trait("MUST", "7692-7-2")]
    public void A_client_takes_exactly_the_answers_that_the_RFC_allows()
    {
        OracleElement[] offers =
        [
            .. _settings.Select(settings => OracleElement.Read(Assert.Single(settings.Offer()).ToString(), isAnswer: false)!),
        ];
        foreach (string text in Elements())
        {
            ExtensionElement answer = Parse(text);
            OracleElement? read = OracleElement.Read(text, isAnswer: true);
            for (int i = 0; i < offers.Length; i++)
            {
                DeflateParameters? expected = read is not null && read.MayAnswer(offers[i]) ? read.Agreement(offers[i]) : null;
                if (((DeflateCodec?)_settings[i].Confirm(answer))?.Parameters != expected)
                    Assert.Fail($"{_settings[i]} was answered by {text}: {expected?.ToString() ?? "fails"} is right.");
            }
        }
    }

    /// <summary>
    /// The same elements as offers, to a server with all settings: what it answers may be answered, and both read it in the same way.
    /// </summary>
    [Fact]
    [Trait("MUST", "7692-5.1-2")]
    [Trait("MUST", "7692-7-1")]
    public void A_server_answers_exactly_the_offers_that_the_RFC_allows_and_within_them()
    {
        foreach (string text in Elements())
        {
            ExtensionElement offer = Parse(text);
            OracleElement? read = OracleElement.Read(text, isAnswer: false);
            foreach (PerMessageDeflate settings in _settings)
            {
                var codec = (DeflateCodec?)settings.Accept(offer);
                if (codec is null != read is null)
                    Assert.Fail($"{settings} was offered {text}.");
                if (codec is null || read is null)
                    continue;
                OracleElement? answer = OracleElement.Read(codec.ToString(), isAnswer: true);
                if (answer is null || !answer.MayAnswer(read) || answer.Agreement(read) != codec.Parameters)
                    Assert.Fail($"{settings} was offered {text} and answered {codec} for {codec.Parameters}.");
            }
        }
    }

    /// <summary>All 256 agreements, with a peer that uses its windows to the last byte and lets us use ours no further.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-7.2.1-6")]
    [Trait("MUST", "7692-7.2.1-7")]
    public void Messages_pass_both_ways_under_every_agreement(ConnectionRole role)
    {
        DeflateParameters[] agreements = [.. Agreements(role, new PerMessageDeflate { MinCompressedSize = 0 })];
        Assert.Equal(256, agreements.Distinct().Count());
        foreach (DeflateParameters agreed in agreements)
            Carry(role, agreed, level: 6);
    }

    /// <summary>
    /// zlib cannot compress with a window of 2^8 bytes, and where it is asked for makes 2^9 of it. What it promises to keep to in a smaller
    /// one is the last byte (Z_RLE in zlib.h), whatever it does with its windows today.
    /// </summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-7.2.1-6")]
    [Trait("MUST", "7692-7.2.1-7")]
    public void A_window_of_256_bytes_is_kept_at_every_level_and_one_of_512_is_understood(ConnectionRole role)
    {
        foreach (bool forgets in new[] { false, true })
        {
            var agreed = new DeflateParameters
            {
                ServerNoContextTakeover = forgets,
                ClientNoContextTakeover = forgets,
                ServerMaxWindowBits = 8,
                ClientMaxWindowBits = 8,
            };
            for (int level = 1; level <= 9; level++)
                Assert.Equal(1, Carry(role, agreed, level, peerWindow: 9));
        }
    }

    /// <summary>All agreements that one end can come to, by elements that name all.</summary>
    private static IEnumerable<DeflateParameters> Agreements(ConnectionRole role, PerMessageDeflate settings) =>
        from serverForgets in new[] { "", "; server_no_context_takeover" }
        from clientForgets in new[] { "", "; client_no_context_takeover" }
        from server in Enumerable.Range(8, 8)
        from client in Enumerable.Range(8, 8)
        let element = Parse(
            $"permessage-deflate{serverForgets}{clientForgets}; server_max_window_bits={server}; client_max_window_bits={client}")
        select ((DeflateCodec)(role == ConnectionRole.Client ? settings.Confirm(element) : settings.Accept(element))!).Parameters;

    /// <summary>Sends and receives, and gives how far back what was sent refers.</summary>
    private static int Carry(ConnectionRole role, DeflateParameters agreed, int level, int? peerWindow = null)
    {
        bool isClient = role == ConnectionRole.Client;
        (int ours, bool weForget) = isClient
            ? (agreed.ClientMaxWindowBits, agreed.ClientNoContextTakeover)
            : (agreed.ServerMaxWindowBits, agreed.ServerNoContextTakeover);
        (int theirs, bool theyForget) = isClient
            ? (agreed.ServerMaxWindowBits, agreed.ServerNoContextTakeover)
            : (agreed.ClientMaxWindowBits, agreed.ClientNoContextTakeover);
        var deflater = new OracleDeflater(peerWindow ?? theirs, theyForget);
        var inflater = new OracleInflater(ours, weForget);
        using WsConnection connection = WsConnection.Established(role, [Agree(role, agreed, level)]);
        for (int i = 0; i < 2; i++)
        {
            byte[] received = Repeating(1 << (peerWindow ?? theirs), seed: 1);
            byte[] frame = Wire.FrameFor(role, Opcode.Binary, deflater.Message(received), rsv: 4);
            Assert.Equal([new BytesMessage(received)], connection.Read(frame));

            byte[] sent = [.. Repeating(1 << ours, seed: 2), .. new byte[300], .. Repeating(400, seed: 3)];
            Assert.Equal(sent, inflater.Message(Compressed(connection.Send(new BytesMessage(sent) { Compress = true }), role)));
        }

        return inflater.Farthest;
    }

    private static ExtensionCodec Agree(ConnectionRole role, DeflateParameters agreed, int level)
    {
        var settings = new PerMessageDeflate { MinCompressedSize = 0, CompressionLevel = level };
        ExtensionElement element = Parse(
            "permessage-deflate" + (agreed.ServerNoContextTakeover ? "; server_no_context_takeover" : "")
            + (agreed.ClientNoContextTakeover ? "; client_no_context_takeover" : "")
            + $"; server_max_window_bits={agreed.ServerMaxWindowBits}; client_max_window_bits={agreed.ClientMaxWindowBits}");
        return (role == ConnectionRole.Client ? settings.Confirm(element) : settings.Accept(element))!;
    }

    /// <summary>Noise, then the same: each of its bytes stood exactly so far before.</summary>
    private static byte[] Repeating(int period, int seed)
    {
        byte[] noise = new byte[period];
        new Random(seed).NextBytes(noise);
        return [.. noise, .. noise];
    }

    private static byte[] Compressed(byte[] bytes, ConnectionRole sender)
    {
        WireFrame frame = Assert.Single(WireFrame.Parse(bytes, sender)!);
        Assert.Equal(4, frame.Rsv);
        return frame.Payload;
    }

    private static ExtensionElement Parse(string text) => Assert.Single(ExtensionHeader.Parse([text])!);

    private static IEnumerable<string> Elements()
    {
        string[][] parameters =
        [
            [.. Forms("server_no_context_takeover", _flags)],
            [.. Forms("client_no_context_takeover", _flags)],
            [.. Forms("server_max_window_bits", _windows)],
            [.. Forms("client_max_window_bits", _windows)],
        ];
        bool isReversed = false;
        foreach (string first in parameters[0])
        {
            foreach (string second in parameters[1])
            {
                foreach (string third in parameters[2])
                {
                    foreach (string fourth in parameters[3])
                    {
                        isReversed = !isReversed;
                        yield return "permessage-deflate"
                            + (isReversed ? fourth + third + second + first : first + second + third + fourth);
                    }
                }
            }
        }
    }

    /// <summary>A parameter that is absent, with each value, and twice.</summary>
    private static IEnumerable<string> Forms(string name, string[] values) =>
        ["", .. values.Select(value => $"; {name}{value}"), $"; {name}{values[0]}; {name}{values[0]}"];
}
