// The Connect packet, as a client writes and reads it (Socket.IO protocol v5, "Connection to a namespace"; for pid and offset, Socket.IO's
// documentation, "Connection state recovery").

using System;
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

internal static class ConnectPacket
{
    private static readonly JsonWriterOptions _writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the request to connect to a namespace.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="auth">The <c>auth</c> payload, which must serialize to a JSON object; null for none.</param>
    /// <param name="encoder">The encoder.</param>
    /// <exception cref="ArgumentException">The payload does not serialize to an object, or contains byte arrays.</exception>
    /// <exception cref="NotSupportedException">The payload has a type that the JSON options do not know.</exception>
    internal static Packet Encode(ClientNamespace space, object? auth, SocketIOEncoder encoder)
    {
        if (auth is null && space.Pid is null)
            return encoder.ConnectRequest(space.Name, []);
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, _writerOptions))
        {
            writer.WriteStartObject();
            if (space.Pid is { } pid)
                writer.WriteString("pid"u8, pid);
            if (space.Pid is not null && space.Offset is { } offset)
                writer.WriteString("offset"u8, offset);
            if (auth is not null)
                WriteMembers(writer, auth, encoder.JsonOptions);
            writer.WriteEndObject();
        }

        return encoder.ConnectRequest(space.Name, json.WrittenSpan);
    }

    /// <summary>
    /// Reads the answer of the server: the client's id and, if the server offers recovery, its secret. The id is null if there is none.
    /// </summary>
    internal static (string? Id, string? Pid) Read(SocketIOArguments arguments) => (Text(arguments, "sid"u8), Text(arguments, "pid"u8));

    /// <summary>
    /// Reads a refusal: an object with a message and optional data, or a string alone, as servers written in Python send it.
    /// </summary>
    internal static (string Message, SocketIOArguments Data) ReadRefusal(SocketIOArguments arguments)
    {
        ReadOnlyMemory<byte> json = arguments.GetJson(0);
        var reader = new Utf8JsonReader(json.Span);
        _ = reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return (reader.GetString()!, SocketIOArguments.None);
        return (Text(arguments, "message"u8) ?? "", Member(json.Span, "data"u8) is { } part
            ? new SocketIOArguments(json, [part], [], [])
            : SocketIOArguments.None);
    }

    private static void WriteMembers(Utf8JsonWriter writer, object auth, JsonSerializerOptions options)
    {
        JsonElement element;
        try
        {
            element = JsonSerializer.SerializeToElement(auth, options.GetTypeInfo(auth.GetType()));
        }
        catch (InvalidOperationException e)
        {
            throw new ArgumentException("The auth payload must not contain byte arrays.", nameof(auth), e);
        }

        if (element.ValueKind != JsonValueKind.Object)
            throw new ArgumentException("The auth payload must serialize to a JSON object.", nameof(auth));
        foreach (JsonProperty member in element.EnumerateObject())
            member.WriteTo(writer);
    }

    private static string? Text(SocketIOArguments arguments, ReadOnlySpan<byte> name)
    {
        if (arguments.Count == 0)
            return null;
        ReadOnlySpan<byte> json = arguments.GetJson(0).Span;
        if (Member(json, name) is not { } part || json[part.Start] != '"')
            return null;
        var reader = new Utf8JsonReader(json.Slice(part.Start, part.Length));
        _ = reader.Read();
        return reader.GetString();
    }

    /// <summary>Finds the value of a member; null if there is none. The JSON must be an object.</summary>
    private static JsonPart? Member(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        _ = reader.Read();
        JsonPart? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            _ = reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isIt)
                found = new JsonPart(start, (int)reader.BytesConsumed - start);
        }

        return found;
    }
}
