using System;
using System.Text;

namespace WsProto.Adapters.Sessions;

/// <summary>What a session handed out last, for <see cref="ReceivedMessage"/>. The next receive makes all views of it stale.</summary>
internal sealed class ReceivedView
{
    private ReceivedFrame _frame;
    private string? _text;
    private bool _isShown;
    private int _version;

    /// <summary>Counts the receives.</summary>
    internal int Version => _version;

    /// <summary>Whether somebody may look at memory of the connection.</summary>
    internal bool IsLent => _isShown && !_frame.IsOwned;

    /// <summary>Another receive begins.</summary>
    internal void Expire()
    {
        _version++;
        if (!_isShown)
            return;
        _isShown = false;
        _frame = default;
        _text = null;
    }

    internal ReceivedMessage Show(in ReceivedFrame frame)
    {
        _frame = frame;
        _isShown = true;
        return new ReceivedMessage(this, _version);
    }

    /// <summary>The array was left to the view.</summary>
    internal void Keep() => _frame = _frame with { IsOwned = true };

    /// <exception cref="InvalidOperationException">It was made stale.</exception>
    internal ref readonly ReceivedFrame Get(int version)
    {
        if (version != _version || !_isShown)
        {
            throw new InvalidOperationException(
                "The view is stale: the session was received from again. Use ToMessage() for data that lasts.");
        }

        return ref _frame;
    }

    internal string GetText(int version)
    {
        ReadOnlySpan<byte> utf8 = Get(version).Payload.Span;
        return _text ??= Encoding.UTF8.GetString(utf8);
    }
}
