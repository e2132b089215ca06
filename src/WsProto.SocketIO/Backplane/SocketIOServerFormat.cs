// Messages between servers on the wire: JSON in UTF-8, as python-socketio has it since 5.14, so that its servers and ours are one system.
//
//   {"method":"emit","event":E,"data":[…],"binary":false,"namespace":N,"room":R,"skip_sid":S,"callback":[R,N,id],"host_id":H}
//   {"method":"callback","host_id":whose call,"sid":R,"namespace":N,"id":id,"args":[…]}
//   {"method":"enter_room"|"leave_room"|"disconnect","sid":S,"namespace":N,"room":R,"host_id":H}
//   {"method":"close_room","room":R,"namespace":N,"host_id":H}
//
// With attachments data is [[arguments with placeholders], base64, …]. What Python does not know it passes over: the methods "count",
// "counted" and "alive", and more fields, which stand last: "volatile"; "exact", as [null] is no argument to Python; "timeout" in
// milliseconds; "from", the server that answers; "attachments" of an answer in base64; "close", of sessions. A sid may be the name of a
// room, or null for all, which is nobody's sid to Python; and skip_sid may have names of rooms.

using System;
using System.Text.Json;
using System.Text.Unicode;

namespace WsProto.SocketIO;

/// <summary>Messages between servers to bytes and back, as python-socketio has them.</summary>
public static class SocketIOServerFormat
{
    /// <summary>Makes the bytes of a message.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="ArgumentException">A <see cref="ServerChange"/> of several rooms.</exception>
    public static ReadOnlyMemory<byte> Write(SocketIOServerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return ServerMessageWriter.Write(message);
    }

    /// <summary>Reads a message. What is malformed is no exception.</summary>
    /// <param name="bytes">The bytes, which the message keeps.</param>
    /// <param name="message">The message; null where it is malformed, or not for servers of Socket.IO.</param>
    /// <returns>False if it is malformed.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out SocketIOServerMessage? message)
    {
        message = null;
        // What goes on to clients as text has to be text.
        if (!Utf8.IsValid(bytes.Span))
            return false;
        try
        {
            // Names and texts with half of a surrogate pair cannot be read.
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
