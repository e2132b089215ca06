using System;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

/// <summary>
/// A message that was received, or a piece of one where <see cref="WsSessionOptions.Connection"/> wants pieces, as it lies in the session's
/// buffer: without a copy and without an object for it.
/// </summary>
/// <remarks>
/// It is a view. It is valid until the next receive on its session, whichever method that is; then every member throws
/// <see cref="InvalidOperationException"/>. What the members gave before, <see cref="Bytes"/> in particular, must not be used then either:
/// <see cref="ToMessage"/> makes data that lasts. A view may be used across an <c>await</c>.
/// </remarks>
public readonly struct ReceivedMessage : IEquatable<ReceivedMessage>
{
    private readonly ReceivedView? _view;
    private readonly int _version;

    internal ReceivedMessage(ReceivedView view, int version) => (_view, _version) = (view, version);

    /// <summary><see cref="Opcode.Text"/> or <see cref="Opcode.Binary"/>.</summary>
    /// <exception cref="InvalidOperationException">The view is stale.</exception>
    public Opcode Kind => Frame.Opcode;

    /// <summary>The payload in bytes; that of a text is valid UTF-8 and cuts no character (RFC 6455 §5.6).</summary>
    /// <exception cref="InvalidOperationException">The view is stale.</exception>
    public ReadOnlyMemory<byte> Bytes => Frame.Payload;

    /// <summary>
    /// The payload as text, which is decoded when it is first asked for. For bytes, as if they were UTF-8, with U+FFFD for what is not.
    /// </summary>
    /// <exception cref="InvalidOperationException">The view is stale.</exception>
    public string Text => View.GetText(_version);

    /// <summary>Whether the message ends here. Always true for whole messages.</summary>
    /// <exception cref="InvalidOperationException">The view is stale.</exception>
    public bool MessageFinished => Frame.MessageFinished;

    private ReceivedView View => _view ?? throw new InvalidOperationException("This is no message: no receive has given one.");

    private ref readonly ReceivedFrame Frame => ref View.Get(_version);

    private ReadOnlyMemory<byte> WholePayload => Frame.MessageFinished ? Frame.Payload : throw WsJsonExtensions.NotWhole();

    /// <summary>Reads the payload as JSON, straight from its bytes.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="type">How it is read, as of a <c>JsonSerializerContext</c>; so no reflection is needed.</param>
    /// <returns>The value; null for the JSON null.</returns>
    /// <exception cref="JsonException">It is not JSON, or not of that type. The session is as before.</exception>
    /// <exception cref="InvalidOperationException">The view is stale, or it is a piece of a message that goes on.</exception>
    public T? ReadJson<T>(JsonTypeInfo<T> type) => JsonSerializer.Deserialize(WholePayload.Span, type);

    /// <summary>Reads the payload as JSON, straight from its bytes.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="options">How it is read; null for <see cref="JsonSerializerOptions.Web"/>.</param>
    /// <returns>The value; null for the JSON null.</returns>
    /// <exception cref="JsonException">It is not JSON, or not of that type. The session is as before.</exception>
    /// <exception cref="InvalidOperationException">The view is stale, or it is a piece of a message that goes on.</exception>
    [RequiresUnreferencedCode(WsSession.NeedsReflection)]
    [RequiresDynamicCode(WsSession.NeedsReflection)]
    public T? ReadJson<T>(JsonSerializerOptions? options = null) =>
        JsonSerializer.Deserialize<T>(WholePayload.Span, options ?? JsonSerializerOptions.Web);

    /// <summary>Copies the message to data that lasts.</summary>
    /// <exception cref="InvalidOperationException">The view is stale.</exception>
    public Message ToMessage() => Kind == Opcode.Text
        ? new TextMessage(Text) { FrameFinished = Frame.FrameFinished, MessageFinished = Frame.MessageFinished }
        : Frame.ToMessage();

    /// <inheritdoc/>
    public bool Equals(ReceivedMessage other) => ReferenceEquals(_view, other._view) && _version == other._version;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ReceivedMessage other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_view, _version);

    /// <summary>Whether both are views of the same receive.</summary>
    public static bool operator ==(ReceivedMessage left, ReceivedMessage right) => left.Equals(right);

    /// <summary>Whether they are views of different receives.</summary>
    public static bool operator !=(ReceivedMessage left, ReceivedMessage right) => !left.Equals(right);
}
