using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Encodes messages apart from a session, for a batch. Frames of whole messages depend on nothing that was sent before, unless an extension
/// transforms them; so an encoder apart makes them. Where they do depend on it, the session takes them one by one.
/// </summary>
internal sealed class BatchBuffer(WsSession session, WsSessionOptions options)
{
    private readonly PooledWriter _frames = new(options.Pool);

    /// <summary>Null where the batch has encoded nothing, or the last message failed.</summary>
    private WsSender? _encoder;
    private int _count;
    private int _version;
    private bool _isApart;
    private bool _isRefused;

    internal int Begin()
    {
        _isApart = session.SendQueue.CanEncodeApart;
        _isRefused = false;
        return _version;
    }

    internal void Send(int version, ReadOnlySpan<char> text)
    {
        ThrowIfEnded(version);
        if (!_isApart)
            Accept(Outgoing.Text(text.ToString()));
        else
            Encode(text, static (encoder, text, output) => encoder.SendText(text, output));
        _count++;
    }

    internal void SendUtf8(int version, ReadOnlySpan<byte> utf8)
    {
        ThrowIfEnded(version);
        if (!_isApart)
            Accept(Outgoing.Utf8(utf8.ToArray()));
        else
            Encode(utf8, static (encoder, utf8, output) => encoder.SendText(utf8, output));
        _count++;
    }

    internal void SendBytes(int version, ReadOnlySpan<byte> data)
    {
        ThrowIfEnded(version);
        if (!_isApart)
            Accept(Outgoing.Bytes(data.ToArray()));
        else
            Encode(data, static (encoder, data, output) => encoder.SendBytes(data, output));
        _count++;
    }

    internal void Send(int version, PreparedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ThrowIfEnded(version);
        if (!_isApart)
            Accept(Outgoing.Prepared(message));
        else
            Encode(message, static (encoder, message, output) => encoder.SendPrepared(message, output));
        _count++;
    }

    internal ValueTask FlushAsync(int version, CancellationToken cancellationToken)
    {
        ThrowIfEnded(version);
        return Commit() ? session.SendQueue.RoomAsync(cancellationToken) : ValueTask.FromException(session.NewClosedException());
    }

    /// <summary>Ends the batch; a second call does nothing.</summary>
    internal void End(int version)
    {
        if (version != _version)
            return;
        Commit();
        _version++;
        _frames.Release();
        if (_encoder is not null)
            ApartEncoder.Give(session.Role, _encoder);
        _encoder = null;
        session.Return(this);
    }

    /// <returns>False where the session takes no more.</returns>
    private bool Commit()
    {
        int count = _count;
        _count = 0;
        if (!_isApart)
        {
            session.SendQueue.Drain();
            return !_isRefused;
        }

        if (count == 0)
            return true;
        long size = _frames.Count;
        if (!session.SendQueue.Commit(_frames, count))
            return false;
        if (Telemetry.CountsMessages)
            Telemetry.Messages(WsDirection.Sent, count, size);
        return true;
    }

    /// <summary>
    /// Adds a message. Where that fails, as there is no memory, nothing of it is left, and its encoder, which may be in the middle of a
    /// frame, is nobody's any more.
    /// </summary>
    private void Encode<T>(T message, Action<WsSender, T, PooledWriter> encode)
        where T : allows ref struct
    {
        int before = _frames.Count;
        WsSender encoder = _encoder ?? ApartEncoder.Take(session.Role);
        _encoder = null;
        try
        {
            encode(encoder, message, _frames);
            _encoder = encoder;
        }
        finally
        {
            if (_encoder is null)
                _frames.Truncate(before);
        }
    }

    private void Accept(in Outgoing message) => _isRefused |= !session.SendQueue.Accept(message);

    private void ThrowIfEnded(int version)
    {
        if (version != _version)
            throw new InvalidOperationException("The batch has ended.");
    }
}
