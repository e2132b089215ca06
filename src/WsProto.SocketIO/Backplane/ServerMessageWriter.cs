using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace WsProto.SocketIO;

/// <summary>Writes a message as JSON. The fields of python-socketio come first, in its order.</summary>
internal readonly struct ServerMessageWriter
{
    private static readonly JsonWriterOptions _options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Utf8JsonWriter _json;

    private ServerMessageWriter(Utf8JsonWriter json) => _json = json;

    internal static ReadOnlyMemory<byte> Write(SocketIOServerMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, _options);
        var writer = new ServerMessageWriter(json);
        json.WriteStartObject();
        switch (message)
        {
            case ServerEmit emit:
                writer.Write(emit);
                break;
            case ServerAnswer answer:
                writer.Write(answer);
                break;
            case ServerChange change:
                writer.Write(change);
                break;
            case ServerCount count:
                writer.Write("count", count.Audience.Namespace);
                writer.Write(ServerField.Room, count.Audience.Rooms);
                writer.Write(ServerField.SkipSid, count.Audience.Except);
                writer.Write(ServerField.Id, count.Id);
                writer.Write(ServerField.HostId, count.Origin);
                break;
            case ServerCounted counted:
                writer.Write(ServerField.Method, "counted");
                writer.Write(ServerField.HostId, counted.Origin);
                writer.Write(ServerField.To, counted.To);
                writer.Write(ServerField.Id, counted.Id);
                writer.Write(ServerField.Count, counted.Count);
                break;
            default:
                writer.Write(ServerField.Method, "alive");
                writer.Write(ServerField.HostId, message.Origin);
                writer.Mark(ServerField.Leaving, ((ServerAlive)message).IsLeaving);
                break;
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private void Write(ServerEmit emit)
    {
        SocketIOContent content = emit.Read(int.MaxValue)!;
        List<JsonPart> parts = [];
        _ = PayloadScanner.Scan(content.Json.Span, ServerArguments.MaxDepth + 1, parts, null);
        ReadOnlySpan<byte> json = content.Json.Span;
        ReadOnlySpan<byte> arguments = parts.Count == 1 ? [] : json[parts[1].Start..parts[^1].End];
        Write(ServerField.Method, "emit");
        Name(ServerField.Event);
        _json.WriteRawValue(json[parts[0].Start..parts[0].End], skipInputValidation: true);
        Name(ServerField.Data);
        Write(arguments, content.Attachments);
        Name(ServerField.Binary);
        _json.WriteBooleanValue(content.Attachments.Count > 0);
        Write(ServerField.Namespace, emit.Audience.Namespace);
        Write(ServerField.Room, emit.Audience.Rooms);
        Write(ServerField.SkipSid, emit.Audience.Except);
        Name(ServerField.Callback);
        Write(emit.Call, emit.Audience.Namespace);
        Write(ServerField.HostId, emit.Origin);
        Mark(ServerField.Volatile, emit.IsVolatile);
        Mark(ServerField.Exact, arguments.SequenceEqual("null"u8));
        if (emit.Call?.Timeout is { } timeout)
            Write(ServerField.Timeout, (long)timeout.TotalMilliseconds);
    }

    private void Write(ReadOnlySpan<byte> arguments, IReadOnlyList<SocketIOAttachment> attachments)
    {
        _json.WriteStartArray();
        if (attachments.Count > 0)
            _json.WriteStartArray();
        if (arguments.Length > 0)
            _json.WriteRawValue(arguments, skipInputValidation: true);
        if (attachments.Count > 0)
            _json.WriteEndArray();
        foreach (SocketIOAttachment attachment in attachments)
            _json.WriteBase64StringValue(attachment.Data.Span);
        _json.WriteEndArray();
    }

    private void Write(ServerCall? call, string @namespace)
    {
        if (call is null)
        {
            _json.WriteNullValue();
            return;
        }

        _json.WriteStartArray();
        _json.WriteRawValue(call.Room.Span, skipInputValidation: true);
        _json.WriteStringValue(@namespace);
        _json.WriteNumberValue(call.Id);
        _json.WriteEndArray();
    }

    private void Write(ServerAnswer answer)
    {
        Write(ServerField.Method, "callback");
        Write(ServerField.HostId, answer.To);
        Name(ServerField.Sid);
        _json.WriteRawValue(answer.Call.Room.Span, skipInputValidation: true);
        Write(ServerField.Namespace, answer.Namespace);
        Write(ServerField.Id, answer.Call.Id);
        Name(ServerField.Args);
        List<ReadOnlyMemory<byte>> attachments = answer.Arguments.WriteTo(_json);
        Write(ServerField.From, answer.Origin);
        if (attachments.Count == 0)
            return;
        Name(ServerField.Attachments);
        _json.WriteStartArray();
        foreach (ReadOnlyMemory<byte> attachment in attachments)
            _json.WriteBase64StringValue(attachment.Span);
        _json.WriteEndArray();
    }

    private void Write(ServerChange change)
    {
        (string name, IReadOnlyList<string> rooms, IReadOnlyList<string> except) = change.Audience;
        if (rooms.Count > 1)
            throw new ArgumentException("A change must have one room, or none for all clients.", nameof(change));
        bool isClosing = change.Kind == ServerChangeKind.Leave && rooms.Count == 1 && rooms[0] == change.Room && except.Count == 0;
        Write(
            ServerField.Method,
            isClosing ? "close_room"
            : change.Kind == ServerChangeKind.Join ? "enter_room"
            : change.Kind == ServerChangeKind.Leave ? "leave_room"
            : "disconnect");
        if (!isClosing)
            Write(ServerField.Sid, rooms);
        if (change.Kind != ServerChangeKind.Disconnect)
            Write(ServerField.Room, change.Room);
        Write(ServerField.Namespace, name);
        Write(ServerField.HostId, change.Origin);
        if (except.Count > 0)
            Write(ServerField.SkipSid, except);
        Mark(ServerField.Close, change.ClosesSessions);
    }

    private void Write(string method, string @namespace)
    {
        Write(ServerField.Method, method);
        Write(ServerField.Namespace, @namespace);
    }

    private void Name(ServerField field) => _json.WritePropertyName(ServerMessageFields.NameOf(field));

    private void Write(ServerField field, string value) => _json.WriteString(ServerMessageFields.NameOf(field), value);

    private void Write(ServerField field, long value) => _json.WriteNumber(ServerMessageFields.NameOf(field), value);

    /// <summary>Writes several strings as an array, one as itself, and none as null.</summary>
    private void Write(ServerField field, IReadOnlyList<string> values)
    {
        Name(field);
        if (values.Count == 0)
        {
            _json.WriteNullValue();
            return;
        }

        if (values.Count > 1)
            _json.WriteStartArray();
        foreach (string value in values)
            _json.WriteStringValue(value);
        if (values.Count > 1)
            _json.WriteEndArray();
    }

    /// <summary>Writes a flag if it is true.</summary>
    private void Mark(ServerField field, bool value)
    {
        if (value)
            _json.WriteBoolean(ServerMessageFields.NameOf(field), true);
    }
}
