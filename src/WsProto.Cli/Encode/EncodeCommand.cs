using System;
using System.CommandLine;
using System.Linq;
using System.Threading.Tasks;

namespace WsProto.Cli.Encode;

/// <summary>The verb <c>encode</c>: its options, and what they make.</summary>
internal sealed class EncodeCommand
{
    private readonly Terminal _terminal;

    private readonly Argument<string[]> _messages = new("message")
    {
        HelpName = "MESSAGE",
        Description = "What to encode; without any, each line of standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _kind = Options.Text("--kind", "KIND", "text, binary, ping, pong or close; text unless told.");
    private readonly Option<bool> _hexInput = new("--from-hex") { Description = "Messages are hexadecimal digits; binary unless told." };
    private readonly Option<bool> _mask = new("--mask") { Description = "Mask the frames, as a client does." };
    private readonly Option<string?> _key = Options.Text("--key", "KEY", "The masking key as 8 hexadecimal digits; random unless told.");
    private readonly Option<int?> _fragment = new("--fragment") { HelpName = "SIZE", Description = "Frames of so many octets." };
    private readonly Option<bool> _deflate = new("--deflate") { Description = "Compress each message (RFC 7692)." };
    private readonly Option<bool> _hex = new("--hex") { Description = "Write each frame as a line of hexadecimal digits." };

    private EncodeCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new EncodeCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "encode",
            "Writes messages as frames.",
            "wsproto encode Hello --mask --key 37fa213d --hex",
            "echo Hello | wsproto encode --fragment 2 | wsproto decode -")
        {
            _messages, _kind, _hexInput, _mask, _key, _fragment, _deflate, _hex,
        };
        verb.SetAction((parsed, _) => Task.FromResult(new EncodeRun(Read(parsed), _terminal).Run()));
        return verb;
    }

    private EncodeSettings Read(ParseResult parsed)
    {
        bool isHexInput = parsed.GetValue(_hexInput);
        if (parsed.GetValue(_fragment) is <= 0)
            throw new CliException(ExitCode.Usage, "--fragment has to be positive.");
        Opcode kind = parsed.GetValue(_kind) switch
        {
            "text" => Opcode.Text,
            "binary" => Opcode.Binary,
            "ping" => Opcode.Ping,
            "pong" => Opcode.Pong,
            "close" => Opcode.Close,
            null => isHexInput ? Opcode.Binary : Opcode.Text,
            _ => throw new CliException(ExitCode.Usage, $"{parsed.GetValue(_kind)} is no kind: text, binary, ping, pong or close."),
        };
        return new EncodeSettings
        {
            Messages = parsed.GetValue(_messages) ?? [],
            Kind = kind,
            IsHexInput = isHexInput,
            IsMasked = parsed.GetValue(_mask) || parsed.GetValue(_key) is not null,
            Key = parsed.GetValue(_key) is { } key ? KeyOf(key) : null,
            Fragment = parsed.GetValue(_fragment),
            HasDeflate = parsed.GetValue(_deflate),
            IsHex = parsed.GetValue(_hex),
        };
    }

    private static byte[] KeyOf(string text) => text.Length == 8 && text.All(char.IsAsciiHexDigit)
        ? Convert.FromHexString(text)
        : throw new CliException(ExitCode.Usage, $"{text} is no masking key: 8 hexadecimal digits.");
}
