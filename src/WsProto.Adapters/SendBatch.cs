using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

/// <summary>
/// Messages that are sent together: encoded one by one into a buffer of the batch, and then accepted in one step and written at once. See
/// <see cref="WsSession.BeginBatch"/>.
/// </summary>
/// <remarks>
/// For one caller at a time. Sends do not wait; <see cref="FlushAsync"/> does, so that a batch does not grow beyond what the peer takes.
/// </remarks>
/// <example>
/// <code>
/// while (await session.WaitToReceiveAsync())
/// {
///     using SendBatch batch = session.BeginBatch();
///     while (session.TryReceive(out ReceivedMessage message))
///         batch.SendBytes(message.Bytes.Span);
///     await batch.FlushAsync();
/// }
/// </code>
/// </example>
public readonly struct SendBatch : IDisposable, IEquatable<SendBatch>
{
    private readonly BatchBuffer? _buffer;
    private readonly int _version;

    internal SendBatch(BatchBuffer buffer, int version) => (_buffer, _version) = (buffer, version);

    private BatchBuffer Buffer => _buffer ?? throw new InvalidOperationException("The batch was not begun.");

    /// <summary>Adds a message of text.</summary>
    /// <param name="text">Whole characters, without a lone surrogate.</param>
    /// <exception cref="ArgumentException">The text holds a lone surrogate. It was not added.</exception>
    /// <exception cref="InvalidOperationException">The batch has ended.</exception>
    public void SendText(ReadOnlySpan<char> text) => Buffer.Send(_version, text);

    /// <summary>Adds a message of text that is UTF-8 already.</summary>
    /// <param name="utf8">Whole characters in UTF-8.</param>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character (RFC 6455 §5.6). It was not added.</exception>
    /// <exception cref="InvalidOperationException">The batch has ended.</exception>
    public void SendText(ReadOnlySpan<byte> utf8) => Buffer.SendUtf8(_version, utf8);

    /// <summary>Adds a message of bytes.</summary>
    /// <param name="data">The bytes, which are copied.</param>
    /// <exception cref="InvalidOperationException">The batch has ended.</exception>
    public void SendBytes(ReadOnlySpan<byte> data) => Buffer.SendBytes(_version, data);

    /// <summary>Adds a message that was encoded once for many sessions.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="InvalidOperationException">The batch has ended.</exception>
    public void Send(PreparedMessage message) => Buffer.Send(_version, message);

    /// <summary>
    /// Sends what was added so far, and waits until there is room for more (<see cref="WsSessionOptions.MaxSendBacklog"/>).
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for room. What was added is sent.</param>
    /// <returns>
    /// It fails with a <see cref="WsClosedException"/> where the session is closed or closing; then nothing of it was sent.
    /// </returns>
    /// <exception cref="InvalidOperationException">The batch has ended.</exception>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => Buffer.FlushAsync(_version, cancellationToken);

    /// <summary>
    /// Sends what was added, without waiting for room, and ends the batch. Where the session is closed, it is dropped. It never throws.
    /// </summary>
    public void Dispose() => _buffer?.End(_version);

    /// <inheritdoc/>
    public bool Equals(SendBatch other) => ReferenceEquals(_buffer, other._buffer) && _version == other._version;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SendBatch other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_buffer, _version);

    /// <summary>Whether both are the same batch.</summary>
    public static bool operator ==(SendBatch left, SendBatch right) => left.Equals(right);

    /// <summary>Whether they are different batches.</summary>
    public static bool operator !=(SendBatch left, SendBatch right) => !left.Equals(right);
}
