// The messages between servers: JSON in UTF-8, as in python-socketio since 5.14, so that its servers and ours can be used together.
//
//   {"method":"emit","event":E,"data":[…],"binary":false,"namespace":N,"room":R,"skip_sid":S,"callback":[R,N,id],"host_id":H}
//   {"method":"callback","host_id":H of the caller,"sid":R,"namespace":N,"id":id,"args":[…]}
//   {"method":"enter_room"|"leave_room"|"disconnect","sid":S,"namespace":N,"room":R,"host_id":H}
//   {"method":"close_room","room":R,"namespace":N,"host_id":H}
//
// With attachments, data is [[arguments with placeholders], base64, …].
//
// Python ignores what it does not know: the methods "count", "counted" and "alive", and further fields, which come last. They are
// "volatile"; "exact", because Python reads [null] as no argument; "timeout" in milliseconds; "from", the server that answers;
// "attachments" of an answer in base64; and "close", to close whole sessions. A sid may be the name of a room, or null for all clients; to
// Python, null is nobody's sid. skip_sid may contain names of rooms.

using System;
using System.Text.Json;
using System.Text.Unicode;

namespace WsProto.SocketIO;

/// <summary>Writes and reads the messages between servers, in the format of python-socketio.</summary>
public static class SocketIOServerFormat
{
    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The bytes: JSON in UTF-8.</returns>
    /// <exception cref="ArgumentException">The message is a <see cref="ServerChange"/> with several rooms.</exception>
    public static ReadOnlyMemory<byte> Write(SocketIOServerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return ServerMessageWriter.Write(message);
    }

    /// <summary>Reads a message. Malformed bytes do not throw.</summary>
    /// <param name="bytes">The bytes. The message refers to the memory, so do not change it.</param>
    /// <param name="message">The message; null if it is malformed, or of a kind that is unknown.</param>
    /// <returns>False if it is malformed.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out SocketIOServerMessage? message)
    {
        message = null;
        // Clients get parts of it as text, which must be valid UTF-8.
        if (!Utf8.IsValid(bytes.Span))
            return false;
        try
        {
            // Names and strings with a lone surrogate cannot be read.
            message = Read(new ServerMessageFields(PayloadScanner.ReplaceLoneSurrogates(bytes)));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static SocketIOServerMessage? Read(ServerMessageFields fields)
    {
        string origin = fields.OptionalText(ServerField.HostId) ?? "";
        return fields.OptionalText(ServerField.Method) switch
        {
            "emit" => ReadEmit(fields, origin),
            "callback" => ReadAnswer(fields, origin),
            "enter_room" => new ServerChange(origin, Sid(fields), ServerChangeKind.Join, fields.Text(ServerField.Room)),
            "leave_room" => new ServerChange(origin, Sid(fields), ServerChangeKind.Leave, fields.Text(ServerField.Room)),
            "close_room" => ReadClosing(fields, origin),
            "disconnect" => new ServerChange(
                origin, Sid(fields), ServerChangeKind.Disconnect, ClosesSessions: fields.Flag(ServerField.Close)),
            "count" => new ServerCount(fields.Text(ServerField.HostId), Audience(fields, ServerField.Room), fields.Number(ServerField.Id)),
            "counted" => new ServerCounted(
                fields.Text(ServerField.HostId),
                fields.Text(ServerField.To),
                fields.Number(ServerField.Id),
                (int)Math.Clamp(fields.Number(ServerField.Count), int.MinValue, int.MaxValue)),
            "alive" => new ServerAlive(fields.Text(ServerField.HostId), fields.Flag(ServerField.Leaving)),
            _ => null,
        };
    }

    private static ServerEmit ReadEmit(ServerMessageFields fields, string origin)
    {
        var data = new ServerEventData(
            fields.Json(ServerField.Event),
            fields.Json(ServerField.Data),
            fields.Flag(ServerField.Binary),
            fields.Flag(ServerField.Exact));
        ReadOnlyMemory<byte>[] callback = fields.Elements(ServerField.Callback);
        return new ServerEmit(origin, Audience(fields, ServerField.Room), data)
        {
            IsVolatile = fields.Flag(ServerField.Volatile),
            Call = callback.Length == 3
                ? new ServerCall(callback[0], ServerMessageFields.NumberOf(callback[2]), fields.Milliseconds(ServerField.Timeout))
                : null,
        };
    }

    private static ServerAnswer ReadAnswer(ServerMessageFields fields, string to)
    {
        ReadOnlyMemory<byte>[] texts = fields.Elements(ServerField.Attachments);
        var arguments = ServerArguments.Read(fields.Json(ServerField.Args), Array.ConvertAll(texts, ServerArguments.BytesOf));
        return new ServerAnswer(
            fields.OptionalText(ServerField.From) ?? "",
            to,
            Namespace(fields),
            new ServerCall(fields.Json(ServerField.Sid), fields.Number(ServerField.Id), null),
            arguments.ToArguments());
    }

    private static ServerChange ReadClosing(ServerMessageFields fields, string origin)
    {
        string room = fields.Text(ServerField.Room);
        return new ServerChange(origin, new(Namespace(fields), [room], []), ServerChangeKind.Leave, room);
    }

    private static SocketIOAudience Sid(ServerMessageFields fields) => Audience(fields, ServerField.Sid);

    private static SocketIOAudience Audience(ServerMessageFields fields, ServerField rooms) =>
        new(Namespace(fields), fields.Texts(rooms), fields.Texts(ServerField.SkipSid));

    private static string Namespace(ServerMessageFields fields) =>
        fields.OptionalText(ServerField.Namespace) ?? SocketIOWire.MainNamespace;
}
