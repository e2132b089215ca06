using System;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace WsProto.Cli.Connect;

/// <summary>Input for one connection after the other: what a connection did not take is there for the next.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">What to read.</param>
internal sealed class ConnectInput(ConnectSettings settings, Terminal terminal) : IDisposable
{
    private readonly CancellationTokenSource _waited = new(Timeout.InfiniteTimeSpan, terminal.Clock);
    private ChannelReader<byte[]>? _reader;
    private byte[]? _piece;
    private KeyMode? _keys;
    private bool _isWaiting;

    /// <summary>Is cancelled when all was sent, and the time of <c>--wait</c> is over.</summary>
    public CancellationToken Waited => _waited.Token;

    /// <summary>Begins to read. From when this returns, a terminal gives keys as they are pressed.</summary>
    public void Start()
    {
        if (_reader is not null)
            return;
        bool isBinary = settings.Format == PayloadFormat.Binary;
        _keys = terminal.IsInputInteractive && !isBinary ? KeyMode.Begin() : null;
        _reader = InputReader.Start(terminal, isBinary, hasKeys: _keys is not null);
    }

    /// <summary>The piece that is to be sent next; null when all was sent. It stays the next until <see cref="Take"/>.</summary>
    public async ValueTask<byte[]?> PeekAsync(CancellationToken cancellationToken)
    {
        while (_piece is null && await _reader!.WaitToReadAsync(cancellationToken))
        {
            if (_reader.TryRead(out byte[]? piece))
                _piece = piece;
        }

        if (_piece is null && settings.Wait is { } wait && !_isWaiting)
        {
            _isWaiting = true;
            _waited.CancelAfter(wait);
        }

        return _piece;
    }

    /// <summary>The piece was sent.</summary>
    public void Take() => _piece = null;

    public void Dispose()
    {
        _keys?.Dispose();
        _waited.Dispose();
    }
}
