using System.Text;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>encode</c>.</summary>
public sealed class EncodeTests
{
    /// <summary>The examples of RFC 6455 §5.7 and RFC 7692 §7.2.3, and others by hand.</summary>
    [Theory]
    [InlineData("810548656c6c6f\n", "Hello")]
    [InlineData("818537fa213d7f9f4d5158\n", "Hello", "--mask", "--key", "37fa213d")]
    [InlineData("818537fa213d7f9f4d5158\n", "Hello", "--key", "37fa213d")]
    [InlineData("010348656c\n80026c6f\n", "Hello", "--fragment", "3")]
    [InlineData("890548656c6c6f\n", "Hello", "--kind", "ping")]
    [InlineData("8a8537fa213d7f9f4d5158\n", "Hello", "--kind", "pong", "--key", "37fa213d")]
    [InlineData("820300ff10\n", "00 FF 10", "--from-hex")]
    [InlineData("810548656c6c6f\n", "48656c6c6f", "--from-hex", "--kind", "text")]
    [InlineData("c107f248cdc9c90700\n", "Hello", "--deflate")]
    [InlineData("880503e8627965\n", "1000 bye", "--kind", "close")]
    [InlineData("8800\n", "", "--kind", "close")]
    [InlineData("8100\n", "")]
    public async Task Message_is_written_as_frames(string expected, string message, params string[] options)
    {
        Assert.Equal((0, expected), Result(await Tool.RunAsync(["encode", message, "--hex", .. options])));
        Tool raw = await Tool.RunAsync(["encode", message, .. options]);
        Assert.Equal(expected.Replace("\n", "", StringComparison.Ordinal), Convert.ToHexStringLower(raw.Octets));
    }

    /// <summary>An option that is written wrongly is no message.</summary>
    [Fact]
    public async Task What_begins_with_a_dash_is_a_message_behind_two_dashes_alone()
    {
        Assert.Equal((0, "81022d35\n"), Result(await Tool.RunAsync("encode", "--hex", "--", "-5")));
        Tool wrong = await Tool.RunAsync("encode", "Hello", "--masks");
        Assert.Equal((2, "wsproto: Unrecognized command or argument '--masks'."), (wrong.Code, wrong.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Lines_of_input_are_messages() =>
        Assert.Equal((0, "810161\n810162\n"), Result(await Tool.PipeAsync("a\nb", "encode", "--hex")));

    [Theory]
    [InlineData("--fragment", "1000")]
    [InlineData("--deflate", "--mask")]
    [InlineData("--mask", "--fragment", "70")]
    [InlineData("--deflate", "--fragment", "7", "--mask")]
    public async Task What_is_encoded_is_decoded(params string[] options)
    {
        string text = string.Concat(Enumerable.Range(0, 400).Select(i => $"é{i}"));
        Tool encoded = await Tool.PipeAsync(text, ["encode", .. options]);
        Tool decoded = await Tool.PipeAsync(encoded.Octets, "decode", "-", "--deflate", "--show", "64k");
        Assert.Equal(0, decoded.Code);
        bool isCompressed = options.Contains("--deflate");
        Assert.All(decoded.Cases, fields => Assert.Equal(options.Contains("--mask") ? ">" : "<", fields[2]));
        if (!options.Contains("--fragment"))
            Assert.Equal(text, decoded.Cases.Single()[7]);
        else
            Assert.Equal($"{Encoding.UTF8.GetByteCount(text)}", decoded.Cases[^1][6]);
        Assert.Equal(isCompressed, decoded.Cases[0][4].Contains("RSV1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("x is no kind: text, binary, ping, pong or close.", "a", "--kind", "x")]
    [InlineData("123 is no masking key: 8 hexadecimal digits.", "a", "--key", "123")]
    [InlineData("--fragment has to be positive.", "a", "--fragment", "0")]
    [InlineData("A line of input is not hexadecimal.", "abc", "--from-hex")]
    [InlineData("A Close is a code, and perhaps a reason: '1000 bye'.", "bye", "--kind", "close")]
    public async Task What_makes_no_sense__says_so(string message, params string[] arguments)
    {
        Tool tool = await Tool.RunAsync(["encode", .. arguments]);
        Assert.Equal((2, $"wsproto: {message}\n"), (tool.Code, tool.Error));
    }

    [Theory]
    [InlineData("1006", "--kind", "close")]
    [InlineData("ff", "--from-hex", "--kind", "text")]
    public async Task What_may_not_be_sent_is_refused(params string[] arguments)
    {
        Tool tool = await Tool.RunAsync(["encode", .. arguments]);
        Assert.Equal(2, tool.Code);
        Assert.StartsWith("wsproto: That cannot be encoded: ", tool.Error, StringComparison.Ordinal);
    }

    private static (int Code, string Payloads) Result(Tool tool) => (tool.Code, tool.Payloads);
}
