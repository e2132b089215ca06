using System;
using System.Text;

namespace WsProto.Conformance;

internal enum ReplyKind
{
    Text,
    Binary,
    Ping,
    Pong,
    Close,
}

/// <summary>What the peer sent: a whole message, joined and inflated, or a control frame.</summary>
internal sealed record Reply(ReplyKind Kind, byte[] Payload)
{
    /// <summary>The code of a Close without one (RFC 6455 §7.1.5).</summary>
    internal const int NoStatus = 1005;

    private const int MostShown = 40;

    public static Reply Text(byte[] payload) => new(ReplyKind.Text, payload);

    public static Reply Text(string payload) => Text(Encoding.UTF8.GetBytes(payload));

    public static Reply Binary(byte[] payload) => new(ReplyKind.Binary, payload);

    public static Reply Pong(byte[] payload) => new(ReplyKind.Pong, payload);

    public static Reply Pong(string payload) => Pong(Encoding.UTF8.GetBytes(payload));

    /// <summary>The code of a Close.</summary>
    public int Code => Payload.Length < 2 ? NoStatus : (Payload[0] << 8) | Payload[1];

    public bool Equals(Reply? other) => other is not null && Kind == other.Kind && Payload.AsSpan().SequenceEqual(other.Payload);

    public override int GetHashCode() => HashCode.Combine(Kind, Payload.Length);

    public override string ToString() =>
        $"{Kind} {(Payload.Length > MostShown ? $"of {Payload.Length} octets" : IsPrintable ? Quoted : Hex)}".TrimEnd();

    private bool IsPrintable => Kind == ReplyKind.Text && !Payload.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~');

    private string Hex => Convert.ToHexString(Payload);

    private string Quoted => $"\"{Encoding.ASCII.GetString(Payload)}\"";
}
