// Converters replace byte arrays in an argument, at any depth, by placeholders, and add the bytes to the attachments of the packet. The
// writer that a converter gets identifies the packet.

using System;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>Writes arguments as JSON, with byte arrays as attachments.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ArgumentWriter
{
    private readonly ConcurrentQueue<EncodingKit> _kits = [];
    private readonly ConditionalWeakTable<Utf8JsonWriter, EncodingKit> _kitOf = [];
    private readonly int _maxAttachments;

    internal ArgumentWriter(JsonSerializerOptions? json, int maxAttachments)
    {
        _maxAttachments = maxAttachments;
        JsonOptions = json is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(json);
        JsonOptions.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        JsonOptions.TypeInfoResolver = (JsonOptions.TypeInfoResolver ?? DefaultResolver()).WithAddedModifier(RefuseTuple);
        JsonOptions.Converters.Insert(0, new BytesConverter<byte[]>(this, bytes => bytes, bytes => bytes));
        JsonOptions.Converters.Insert(0, new BytesConverter<ReadOnlyMemory<byte>>(this, memory => memory, bytes => bytes));
        JsonOptions.Converters.Insert(0, new BytesConverter<Memory<byte>>(this, memory => memory, bytes => bytes));
        JsonOptions.MakeReadOnly();
    }

    /// <summary>How arguments are read where nobody has said it.</summary>
    internal static JsonSerializerOptions WebOptions { get; } = CreateWebOptions();

    internal JsonSerializerOptions JsonOptions { get; }

    /// <summary>Takes the buffers to write a packet with. Give them back with <see cref="Return"/>.</summary>
    internal EncodingKit Rent()
    {
        if (_kits.TryDequeue(out EncodingKit? kit))
            return kit;
        kit = new EncodingKit();
        _kitOf.Add(kit.Writer, kit);
        return kit;
    }

    internal void Return(EncodingKit kit)
    {
        if (kit.Clear())
            _kits.Enqueue(kit);
    }

    /// <summary>Writes an argument. If it throws, the kit was returned.</summary>
    internal void Write(EncodingKit kit, object? argument)
    {
        try
        {
            switch (argument)
            {
                case null:
                    kit.Writer.WriteNullValue();
                    break;
                case string text:
                    kit.Writer.WriteStringValue(text);
                    break;
                case byte[] bytes:
                    Attach(kit, bytes);
                    break;
                case ITuple:
                    throw new ArgumentException(
                        "A tuple is no argument: JSON has none. Pass its values as arguments; a handler returns SocketIOAck.Of(a, b).");
                default:
                    JsonSerializer.Serialize(kit.Writer, argument, JsonOptions.GetTypeInfo(argument.GetType()));
                    break;
            }
        }
        catch
        {
            Return(kit);
            throw;
        }
    }

    private void Attach(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes)
    {
        if (!_kitOf.TryGetValue(writer, out EncodingKit? kit))
            throw new InvalidOperationException("These options can only write the packets of Socket.IO.");
        Attach(kit, bytes);
    }

    private void Attach(EncodingKit kit, ReadOnlySpan<byte> bytes)
    {
        if (kit.Attachments.Count == _maxAttachments)
        {
            throw new ArgumentException(
                $"A packet has more than {_maxAttachments} attachments, which the reference client would refuse.");
        }

        int start = kit.Position;
        kit.Writer.WriteStartObject();
        kit.Writer.WriteBoolean("_placeholder"u8, true);
        kit.Writer.WriteNumber("num"u8, kit.Attachments.Count);
        kit.Writer.WriteEndObject();
        kit.Attachments.Add(Packet.Binary(bytes));
        kit.Places.Add((start, kit.Position));
    }

    /// <summary>
    /// System.Text.Json writes and reads properties, and a value tuple has fields: unless the options include those, or have a converter,
    /// nothing of it would be written.
    /// </summary>
    private static void RefuseTuple(JsonTypeInfo type)
    {
        bool isEmpty = type.Kind == JsonTypeInfoKind.Object && type.Properties.Count == 0;
        if (isEmpty && type.Type.IsValueType && typeof(ITuple).IsAssignableFrom(type.Type))
            throw new ArgumentException($"{type.Type} is a tuple, and JSON would have nothing of it. Use a record, or IncludeFields.");
    }

    private static JsonSerializerOptions CreateWebOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = DefaultResolver() };
        options.MakeReadOnly();
        return options;
    }

    [ExcludeFromCodeCoverage(Justification = "A process has reflection or has not.")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Reflection is used only if the application has it.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Reflection is used only if the application has it.")]
    private static IJsonTypeInfoResolver DefaultResolver() =>
        JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine();

    private sealed class BytesConverter<T>(ArgumentWriter owner, Func<T, ReadOnlyMemory<byte>> from, Func<byte[], T> to)
        : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            to(reader.GetBytesFromBase64());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            owner.Attach(writer, from(value).Span);
    }
}
