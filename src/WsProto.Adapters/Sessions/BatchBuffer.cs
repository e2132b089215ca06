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

    /// <summary>While a batch goes on whose messages are encoded apart.</summary>
    private WsSender? _encoder;
    private int _count;
    private int _version;
    private bool _isRefused;

    internal int Begin()
    {
        _encoder = session.SendQueue.CanEncodeApart ? ApartEncoder.Take(session.Role) : null;
        _isRefused = false;
        return _version;
    }

    internal void Send(int version, ReadOnlySpan<char> text)
    {
        ThrowIfEnded(version);
        if (_encoder is null)
            Accept(Outgoing.Text(text.ToString()));
        else
            _encoder.SendText(text, _frames);
        _count++;
    }

    internal void SendUtf8(int version, ReadOnlySpan<byte> utf8)
    {
        ThrowIfEnded(version);
        if (_encoder is null)
            Accept(Outgoing.Utf8(utf8.ToArray()));
        else
            _encoder.SendText(utf8, _frames);
        _count++;
    }

    internal void SendBytes(int version, ReadOnlySpan<byte> data)
    {
        ThrowIfEnded(version);
        if (_encoder is null)
            Accept(Outgoing.Bytes(data.ToArray()));
        else
            _encoder.SendBytes(data, _frames);
        _count++;
    }

    internal void Send(int version, PreparedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ThrowIfEnded(version);
        if (_encoder is null)
            Accept(Outgoing.Prepared(message));
        else
            _encoder.SendPrepared(message, _frames);
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
        if (_encoder is { } encoder)
            ApartEncoder.Give(session.Role, encoder);
        _encoder = null;
        session.Return(this);
    }

    /// <returns>False where the session takes no more.</returns>
    private bool Commit()
    {
        int count = _count;
        _count = 0;
        if (_encoder is null)
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

    private void Accept(in Outgoing message) => _isRefused |= !session.SendQueue.Accept(message);

    private void ThrowIfEnded(int version)
    {
        if (version != _version)
            throw new InvalidOperationException("The batch has ended.");
    }
}
