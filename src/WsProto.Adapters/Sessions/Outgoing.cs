using System;
using System.Buffers;
using System.Text;

namespace WsProto.Adapters.Sessions;

internal enum OutgoingKind
{
    /// <summary>A whole message, or several, which cannot stand between the fragments of another (RFC 6455 §5.4).</summary>
    Whole,

    /// <summary>A message or a piece of one, as the caller says.</summary>
    Piece,

    /// <summary>A control frame, which can stand anywhere (§5.4).</summary>
    Control,
}

/// <summary>What a caller sends, without an event being made of it.</summary>
internal readonly struct Outgoing
{
    private readonly object? _content;
    private readonly ReadOnlyMemory<byte> _data;
    private readonly int _count;
    private readonly Form _form;
    private readonly Part _part;

    private Outgoing(Form form, object? content, ReadOnlyMemory<byte> data = default, int count = 1, Part part = Part.Whole) =>
        (_form, _content, _data, _count, _part) = (form, content, data, count, part);

    private enum Form : byte
    {
        Bytes,
        Utf8,
        Text,
        Prepared,
        Event,

        /// <summary>Frames that were encoded already.</summary>
        Frames,

        /// <summary>A piece of a message that is written as a stream.</summary>
        Piece,
    }

    [Flags]
    private enum Part : byte
    {
        Middle = 0,
        First = 1,
        Last = 2,
        Whole = First | Last,
    }

    internal WsEvent? Event => _form == Form.Event ? (WsEvent)_content! : null;

    /// <summary>The bytes where it is <see cref="IsBytes"/>.</summary>
    internal ReadOnlyMemory<byte> Data => _data;

    /// <summary>Whether it is a whole message of bytes that belong to the caller.</summary>
    internal bool IsBytes => _form == Form.Bytes;

    /// <summary>How many messages it is.</summary>
    internal int Count => _count;

    internal OutgoingKind Kind => _form switch
    {
        Form.Piece => OutgoingKind.Piece,
        Form.Event => _content is Message ? OutgoingKind.Piece : OutgoingKind.Control,
        _ => OutgoingKind.Whole,
    };

    /// <summary>Whose piece it is; null for what is written as no stream.</summary>
    internal MessageSendStream? Stream => _form == Form.Piece ? (MessageSendStream)_content! : null;

    /// <summary>Whether more pieces of its message follow.</summary>
    internal bool LeavesOpen => _form switch
    {
        Form.Piece => (_part & Part.Last) == 0,
        Form.Event => _content is Message { MessageFinished: false },
        _ => false,
    };

    /// <summary>What it counts while it waits: the size of the payload in bytes, that of text at two for a character.</summary>
    internal long Size => _form switch
    {
        Form.Text => ((string)_content!).Length * (long)sizeof(char),
        Form.Prepared => ((PreparedMessage)_content!).Payload.Length,
        Form.Event => _content switch
        {
            TextMessage text => text.Data.Length * (long)sizeof(char),
            BytesMessage bytes => bytes.Data.Length,
            Ping ping => ping.Payload.Length,
            Pong pong => pong.Payload.Length,
            _ => 0,
        },
        _ => _data.Length,
    };

    /// <summary>The size of the payload in bytes. For frames that were encoded, that of all of them.</summary>
    internal long PayloadSize => (_form, _content) switch
    {
        (Form.Text, string text) => Encoding.UTF8.GetByteCount(text),
        (Form.Event, TextMessage text) => Encoding.UTF8.GetByteCount(text.Data),
        _ => Size,
    };

    internal static Outgoing Text(string text) => new(Form.Text, text);

    internal static Outgoing Utf8(ReadOnlyMemory<byte> utf8) => new(Form.Utf8, null, utf8);

    internal static Outgoing Bytes(ReadOnlyMemory<byte> data) => new(Form.Bytes, null, data);

    internal static Outgoing Prepared(PreparedMessage message) => new(Form.Prepared, message);

    internal static Outgoing Of(WsEvent e) => new(Form.Event, e);

    /// <summary>Frames of whole messages, encoded already.</summary>
    internal static Outgoing Frames(ReadOnlyMemory<byte> frames, int count) => new(Form.Frames, null, frames, count);

    /// <summary>A piece of a message that is written as a stream.</summary>
    internal static Outgoing Piece(MessageSendStream stream, ReadOnlyMemory<byte> data, bool isFirst, bool isLast) =>
        new(Form.Piece, stream, data, part: (isFirst ? Part.First : 0) | (isLast ? Part.Last : 0));

    /// <summary>Whether it goes on with the message that is open: that of a stream, or, for null, one that was begun by an event.</summary>
    internal bool Continues(MessageSendStream? open) =>
        Kind == OutgoingKind.Piece && ReferenceEquals(Stream, open) && (open is null || (_part & Part.First) == 0);

    internal void Send(WsSender sender, IBufferWriter<byte> output)
    {
        switch (_form)
        {
            case Form.Bytes:
                sender.SendBytes(_data.Span, output);
                break;
            case Form.Utf8:
                sender.SendText(_data.Span, output);
                break;
            case Form.Text:
                sender.SendText((string)_content!, output);
                break;
            case Form.Prepared:
                sender.SendPrepared((PreparedMessage)_content!, output);
                break;
            case Form.Frames:
                output.Write(_data.Span);
                break;
            case Form.Piece when Stream!.Kind == Opcode.Text:
                sender.SendText(_data.Span, output, messageFinished: !LeavesOpen);
                break;
            case Form.Piece:
                sender.SendBytes(_data.Span, output, messageFinished: !LeavesOpen);
                break;
            default:
                sender.Send((WsEvent)_content!, output);
                break;
        }
    }

    internal WsEvent ToEvent() => _form switch
    {
        Form.Event => (WsEvent)_content!,
        Form.Text => new TextMessage((string)_content!),
        Form.Utf8 => new TextMessage(Encoding.UTF8.GetString(_data.Span)),
        Form.Piece when Stream!.Kind == Opcode.Text =>
            new TextMessage(Encoding.UTF8.GetString(_data.Span)) { MessageFinished = !LeavesOpen },
        Form.Piece => new BytesMessage(_data.ToArray()) { MessageFinished = !LeavesOpen },
        Form.Prepared when _content is PreparedMessage { Kind: Opcode.Text } prepared =>
            new TextMessage(Encoding.UTF8.GetString(prepared.Payload.Span)),
        Form.Prepared => new BytesMessage(((PreparedMessage)_content!).Payload),
        _ => new BytesMessage(_data.ToArray()),
    };

    /// <summary>The same with memory of its own.</summary>
    internal Outgoing ToOwned() => _data.IsEmpty ? this : new Outgoing(_form, _content, _data.ToArray(), _count, _part);

    /// <exception cref="ArgumentException">It is text that cannot be encoded.</exception>
    internal void ThrowIfNoText()
    {
        if (_form == Form.Text)
            MessageWriter.StrictUtf8.GetByteCount((string)_content!);
        else if (_form == Form.Utf8 && !System.Text.Unicode.Utf8.IsValid(_data.Span))
            throw new ArgumentException("The text is not whole characters in UTF-8 (RFC 6455 §5.6).");
    }
}
