using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Proxy;

/// <summary>What is done to a message.</summary>
internal enum FaultKind
{
    /// <summary>It and all behind it come later.</summary>
    Delay,

    /// <summary>It does not come.</summary>
    Drop,

    /// <summary>Its last octet, or that of a frame of it, is another.</summary>
    Break,

    /// <summary>It comes octet by octet.</summary>
    Octets,

    /// <summary>It and all behind it never come; the connection stays open.</summary>
    Stall,

    /// <summary>The connection ends without a Close where it should come.</summary>
    Cut,

    /// <summary>A Close comes in its place, and nothing behind it.</summary>
    Close,
}

/// <summary>A fault, and which messages it is for.</summary>
/// <param name="Text">As the user has written it.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Sender">Whose messages.</param>
internal sealed record Fault(string Text, FaultKind Kind, Side Sender)
{
    private const string Form = "KIND@SIDE or KIND@SIDE:WHICH, such as drop@server:3, delay=500ms@client, close=1013@server:10";

    /// <summary>The first message, from 1.</summary>
    public long First { get; private init; } = 1;

    /// <summary>The last message.</summary>
    public long Last { get; private init; } = long.MaxValue;

    /// <summary>How many of them, from 0 to 1.</summary>
    public double Share { get; private init; } = 1;

    /// <summary>How much later.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>The code of the Close.</summary>
    public ushort Code { get; private init; }

    /// <summary>Reads a fault.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static Fault Parse(string text)
    {
        string[] parts = text.Split('@');
        string[] what = parts[0].Split('=', 2);
        string[] where = parts.Length == 2 ? parts[1].Split(':') : [];
        Side? sender = where.Length is 1 or 2 ? where[0] switch { "client" => Side.Client, "server" => Side.Server, _ => null } : null;
        if (sender is null || !TryKind(what[0], out FaultKind kind))
            throw Refuse(text);
        bool wantsValue = kind is FaultKind.Delay or FaultKind.Close;
        if (wantsValue != (what.Length == 2))
            throw Refuse(text);
        ushort code = 0;
        bool isCode = kind != FaultKind.Close || ushort.TryParse(what[1], NumberStyles.None, CultureInfo.InvariantCulture, out code);
        if (!isCode)
            throw Refuse(text);
        var fault = new Fault(text, kind, sender.Value)
        {
            Delay = kind == FaultKind.Delay ? Values.Duration(what[1]) : TimeSpan.Zero,
            Code = code,
        };
        return where.Length == 1 ? fault : Limit(fault, where[1]);
    }

    /// <summary>Whether it is for this message.</summary>
    [SuppressMessage("Security", "CA5394", Justification = "Nothing is to be kept secret by it.")]
    public bool Hits(long message, Random random)
    {
        bool isWithin = message >= First && message <= Last;
        // A draw for each message, so that one does not depend on others.
        return (Share >= 1 || random.NextDouble() < Share) && isWithin;
    }

    public override string ToString() => Text;

    private static Fault Limit(Fault fault, string which)
    {
        if (which.EndsWith('%'))
        {
            bool isShare = double.TryParse(
                which[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent);
            return isShare && percent <= 100
                ? fault with { Share = percent / 100 }
                : throw Refuse(fault.Text);
        }

        string[] ends = which.Split('-');
        if (ends.Length > 2 || !TryNumber(ends[0], out long first))
            throw Refuse(fault.Text);
        long last = first;
        if (ends.Length == 2 && ends[1].Length == 0)
            last = long.MaxValue;
        else if (ends.Length == 2 && !TryNumber(ends[1], out last))
            throw Refuse(fault.Text);
        if (last < first)
            throw Refuse(fault.Text);
        return fault with { First = first, Last = last };
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool TryKind(string name, [NotNullWhen(true)] out FaultKind kind)
    {
        (kind, bool isKind) = name switch
        {
            "delay" => (FaultKind.Delay, true),
            "drop" => (FaultKind.Drop, true),
            "break" => (FaultKind.Break, true),
            "octets" => (FaultKind.Octets, true),
            "stall" => (FaultKind.Stall, true),
            "cut" => (FaultKind.Cut, true),
            "close" => (FaultKind.Close, true),
            _ => (default, false),
        };
        return isKind;
    }

    private static CliException Refuse(string text) => new(ExitCode.Usage, $"{text} is no fault: {Form}.");
}
