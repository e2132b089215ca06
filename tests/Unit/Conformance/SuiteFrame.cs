namespace WsProto.Tests.Conformance;

/// <summary>A frame of a case, without the mask, which follows from who sends it.</summary>
internal sealed record SuiteFrame(Opcode Opcode, byte[] Payload, bool Fin = true, int Rsv = 0)
{
    public static SuiteFrame Text(byte[] payload, bool fin = true, int rsv = 0) => new(Opcode.Text, payload, fin, rsv);

    public static SuiteFrame Text(string payload, bool fin = true, int rsv = 0) => Text(Wire.Utf8(payload), fin, rsv);

    public static SuiteFrame Binary(byte[] payload, bool fin = true, int rsv = 0) => new(Opcode.Binary, payload, fin, rsv);

    public static SuiteFrame Next(byte[] payload, bool fin = true) => new(Opcode.Continuation, payload, fin);

    public static SuiteFrame Next(string payload, bool fin = true) => Next(Wire.Utf8(payload), fin);

    public static SuiteFrame Ping(byte[] payload, bool fin = true, int rsv = 0) => new(Opcode.Ping, payload, fin, rsv);

    public static SuiteFrame Ping(string payload) => Ping(Wire.Utf8(payload));

    public static SuiteFrame Pong(byte[] payload, bool fin = true) => new(Opcode.Pong, payload, fin);

    public static SuiteFrame Pong(string payload) => Pong(Wire.Utf8(payload));

    public static SuiteFrame Close(int? code = 1000, string reason = "") => new(Opcode.Close, Wire.ClosePayload(code, reason));

    public static SuiteFrame Close(byte[] payload, int rsv = 0) => new(Opcode.Close, payload, Rsv: rsv);

    /// <summary>A message in frames of at most so many octets.</summary>
    public static SuiteFrame[] Message(Opcode opcode, byte[] payload, int size, int rsv = 0) =>
    [
        .. payload.Chunk(size).Select((part, i) =>
            new SuiteFrame(i == 0 ? opcode : Opcode.Continuation, part, (i + 1L) * size >= payload.Length, i == 0 ? rsv : 0)),
    ];

    /// <summary>A message whose frames have these payloads.</summary>
    public static SuiteFrame[] Message(Opcode opcode, params byte[][] parts) =>
        [.. parts.Select((part, i) => new SuiteFrame(i == 0 ? opcode : Opcode.Continuation, part, i == parts.Length - 1))];

    public byte[] BytesFor(ConnectionRole receiver) => Wire.FrameFor(receiver, Opcode, Payload, Fin, Rsv);

    public bool Equals(SuiteFrame? other) =>
        other is not null && (Opcode, Fin, Rsv) == (other.Opcode, other.Fin, other.Rsv) && Payload.AsSpan().SequenceEqual(other.Payload);

    public override int GetHashCode() => HashCode.Combine(Opcode, Fin, Rsv, Payload.Length);

    public override string ToString() =>
        $"{Opcode}{(Fin ? "" : "…")}{(Rsv == 0 ? "" : $" rsv {Rsv}")} "
        + (Payload.Length <= 40 ? Convert.ToHexString(Payload) : $"{Payload.Length} octets");
}
