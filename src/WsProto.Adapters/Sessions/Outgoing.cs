using System;
using System.Buffers;
using System.Text;

namespace WsProto.Adapters.Sessions;

internal enum OutgoingKind
{
    /// <summary>A whole message, which cannot stand between the fragments of another (RFC 6455 §5.4).</summary>
    Whole,

    /// <summary>A message or a piece of one, as the caller says.</summary>
    Piece,

    /// <summary>A control frame, which can stand anywhere (§5.4).</summary>
    Control,
}

/// <summary>What a caller sends, without an event being made of it.</summary>
internal readonly struct Outgoing
{
    private readonly PreparedMessage? _prepared;

    internal Outgoing(string text) => Text = text;

    internal Outgoing(ReadOnlyMemory<byte> data) => Data = data;

    internal Outgoing(PreparedMessage prepared) => _prepared = prepared;

    internal Outgoing(WsEvent e)
    {
        Event = e;
        Kind = e is Message ? OutgoingKind.Piece : OutgoingKind.Control;
    }

    internal WsEvent? Event { get; }

    internal string? Text { get; }

    /// <summary>The bytes where it is <see cref="IsBytes"/>.</summary>
    internal ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether it is a whole message of bytes that belong to the caller.</summary>
    internal bool IsBytes => Event is null && Text is null && _prepared is null;

    internal OutgoingKind Kind { get; }

    /// <summary>The size of the payload in bytes, that of text at two for a character.</summary>
    internal long Size => Event switch
    {
        TextMessage text => text.Data.Length * sizeof(char),
        BytesMessage bytes => bytes.Data.Length,
        Ping ping => ping.Payload.Length,
        Pong pong => pong.Payload.Length,
        _ when _prepared is not null => _prepared.Payload.Length,
        _ => Text is null ? Data.Length : Text.Length * sizeof(char),
    };

    internal void Send(WsConnection connection, IBufferWriter<byte> output)
    {
        if (Event is not null)
            connection.Send(Event, output);
        else if (Text is not null)
            connection.SendText(Text, output);
        else if (_prepared is not null)
            connection.SendPrepared(_prepared, output);
        else
            connection.SendBytes(Data.Span, output);
    }

    internal WsEvent ToEvent() => this switch
    {
        { Event: { } e } => e,
        { Text: { } text } => new TextMessage(text),
        { _prepared: { Kind: Opcode.Text } prepared } => new TextMessage(Encoding.UTF8.GetString(prepared.Payload.Span)),
        { _prepared: { } prepared } => new BytesMessage(prepared.Payload),
        _ => new BytesMessage(Data.ToArray()),
    };

    /// <summary>The same with memory of its own.</summary>
    internal Outgoing ToOwned() => IsBytes ? new Outgoing(Data.ToArray()) : this;
}
