// Connect as a client sends it and reads it (Socket.IO protocol v5, "Connection to a namespace"; for pid and offset "Connection state
// recovery").

using System;
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

internal static class ConnectPacket
{
    private static readonly JsonWriterOptions _writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What asks for a namespace.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="auth">What the client brings: what becomes an object of JSON; null for nothing.</param>
    /// <param name="encoder">How it is written.</param>
    /// <exception cref="ArgumentException">It does not become an object, or has bytes in it.</exception>
    /// <exception cref="NotSupportedException">It is of a type that the options do not know.</exception>
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
    /// Reads the answer: the client's id and, where the server offers recovery, its secret. The id is null if there is none.
    /// </summary>
    internal static (string? Id, string? Pid) Read(SocketIOArguments arguments) => (Text(arguments, "sid"u8), Text(arguments, "pid"u8));

    /// <summary>Reads a refusal: an object with a message and, maybe, data; or a text alone, as servers in Python send it.</summary>
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
            throw new ArgumentException("What a client brings cannot have bytes in it.", nameof(auth), e);
        }

        if (element.ValueKind != JsonValueKind.Object)
            throw new ArgumentException("What a client brings has to be an object of JSON.", nameof(auth));
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

    /// <summary>Where the value of a member is; null if there is none. The JSON is known to be an object.</summary>
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
