using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A client of a route of Engine.IO, over whichever transport it has at the time.</summary>
/// <remarks>Send and close from any thread. Receive with one call at a time.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing.")]
[DebuggerDisplay("{Transport}, {BufferedBytes} bytes wait")]
public sealed class EngineIOConnection
{
    /// <summary>What a message takes beside its bytes.</summary>
    private const int MessageCost = 64;

    private readonly Channel<EngineIOMessage> _messages =
        Channel.CreateUnbounded<EngineIOMessage>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly TaskCompletionSource<CloseReason> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();

    internal EngineIOConnection(EngineClient client, HttpContext context)
    {
        Client = client;
        User = context.User;
        Receiver = new Inlet(this);
        Ending = _ending.Token;
    }

    /// <summary>
    /// The id by which the client names its session. Whoever knows it can take part in the session; do not show it to others.
    /// </summary>
    public string Id => Client.Id;

    /// <summary>The transport in use, or the last one that was.</summary>
    public EngineIOTransports Transport => Client.Transport;

    /// <summary>The user of the request that opened the session.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>How many bytes wait for the client.</summary>
    public long BufferedBytes => Client.BufferedBytes;

    /// <summary>Cancelled when the session ends.</summary>
    public CancellationToken Ending { get; }

    /// <summary>Completes when the session has ended, with the reason.</summary>
    public Task<CloseReason> Completion => _completion.Task;

    internal EngineClient Client { get; }

    internal EngineReceiver Receiver { get; }

    /// <summary>Sends a text message, after all that were sent before. It never waits.</summary>
    /// <param name="text">The text. A surrogate without its pair becomes U+FFFD.</param>
    /// <returns>What became of it.</returns>
    public SendResult Send(string text) => Send(Packet.Text(text));

    /// <summary>Sends a binary message, after all that were sent before. It never waits.</summary>
    /// <param name="data">The message; it is copied.</param>
    /// <returns>What became of it.</returns>
    public SendResult Send(ReadOnlySpan<byte> data) => Send(Packet.Binary(data));

    /// <summary>Sends a message that may be shared with other sessions, after all that were sent before. It never waits.</summary>
    /// <param name="message">The message.</param>
    /// <returns>What became of it. More than <see cref="EngineIOServerOptions.MaxBufferedBytes"/> that wait end the session.</returns>
    public SendResult Send(Packet message) => Client.Send(message);

    /// <summary>Waits until nothing waits for the client any more: all was given to a poll or to its WebSocket.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Completes also when the session has ended.</returns>
    public Task WaitForDrainAsync(CancellationToken cancellationToken = default) => Client.WaitForDrainAsync(cancellationToken);

    /// <summary>Receives messages until the session ends.</summary>
    /// <param name="cancellationToken">Stops waiting; no message is lost.</param>
    public async IAsyncEnumerable<EngineIOMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (EngineIOMessage message in _messages.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            Client.RemoveBacklog(message.Data.Length + MessageCost);
            yield return message;
        }
    }

    /// <summary>Closes the session; what was sent before is delivered first.</summary>
    public void Close() => Client.Close(CloseReason.ForcedClose, discard: false);

    private sealed class Inlet(EngineIOConnection connection) : EngineReceiver
    {
        internal override void Receive(ReadOnlyMemory<byte> data, bool isBinary)
        {
            connection.Client.AddBacklog(data.Length + MessageCost);
            connection._messages.Writer.TryWrite(new EngineIOMessage(data, isBinary));
        }

        [SuppressMessage("Reliability", "CA2012", Justification = "Nobody waits for what is registered with the token.")]
        internal override void Close(SessionClosed closed)
        {
            connection._messages.Writer.TryComplete();
            connection._completion.TrySetResult(closed.Reason);
            _ = connection._ending.CancelAsync();
        }
    }
}
