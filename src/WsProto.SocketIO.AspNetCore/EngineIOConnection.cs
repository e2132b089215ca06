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

/// <summary>A client of an Engine.IO route, over the transport that it uses at the time.</summary>
/// <remarks>Any thread may send and close. Only one call of <see cref="ReadAllAsync"/> may be in progress.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds no resources.")]
[DebuggerDisplay("{Transport}, {BufferedBytes} bytes wait")]
public sealed class EngineIOConnection
{
    /// <summary>The memory of a message in addition to its bytes.</summary>
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
    /// The id by which the client refers to its session. Keep it secret: anybody who knows it can send and receive in the session.
    /// </summary>
    public string Id => Client.Id;

    /// <summary>The transport in use; after the end of the session, the last one.</summary>
    public EngineIOTransports Transport => Client.Transport;

    /// <summary>The user of the request that opened the session.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>The number of bytes that wait for the client.</summary>
    public long BufferedBytes => Client.BufferedBytes;

    /// <summary>Cancelled when the session ends.</summary>
    public CancellationToken Ending { get; }

    /// <summary>A task that completes when the session has ended, with the reason.</summary>
    public Task<CloseReason> Completion => _completion.Task;

    internal EngineClient Client { get; }

    internal EngineReceiver Receiver { get; }

    /// <summary>Sends a text message without waiting.</summary>
    /// <param name="text">The text. A surrogate without its pair becomes U+FFFD.</param>
    /// <returns>Whether the message was accepted, or why not.</returns>
    public SendResult Send(string text) => Send(Packet.Text(text));

    /// <summary>Sends a binary message without waiting.</summary>
    /// <param name="data">The message. It is copied.</param>
    /// <returns>Whether the message was accepted, or why not.</returns>
    public SendResult Send(ReadOnlySpan<byte> data) => Send(Packet.Binary(data));

    /// <summary>Sends a message without waiting. The same message may be sent to any number of sessions.</summary>
    /// <param name="message">The message.</param>
    /// <returns>
    /// Whether the message was accepted, or why not. The session ends if more than <see cref="EngineIOServerOptions.MaxBufferedBytes"/>
    /// would wait.
    /// </returns>
    public SendResult Send(Packet message) => Client.Send(message);

    /// <summary>Waits until no message waits for the client: all were passed to a poll or to its WebSocket.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that also completes when the session has ended.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task WaitForDrainAsync(CancellationToken cancellationToken = default) => Client.WaitForDrainAsync(cancellationToken);

    /// <summary>Receives messages until the session ends.</summary>
    /// <param name="cancellationToken">Cancels the wait. No message is lost.</param>
    /// <returns>The messages.</returns>
    public async IAsyncEnumerable<EngineIOMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (EngineIOMessage message in _messages.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            Client.RemoveBacklog(message.Data.Length + MessageCost);
            yield return message;
        }
    }

    /// <summary>Closes the session after the messages that were sent before.</summary>
    public void Close() => Client.Close(CloseReason.ForcedClose, discard: false);

    private sealed class Inlet(EngineIOConnection connection) : EngineReceiver
    {
        internal override void Receive(ReadOnlyMemory<byte> data, bool isBinary)
        {
            connection.Client.AddBacklog(data.Length + MessageCost);
            connection._messages.Writer.TryWrite(new EngineIOMessage(data, isBinary));
        }

        [SuppressMessage("Reliability", "CA2012", Justification = "Nothing waits for the callbacks of the token.")]
        internal override void Close(SessionClosed closed)
        {
            connection._messages.Writer.TryComplete();
            connection._completion.TrySetResult(closed.Reason);
            _ = connection._ending.CancelAsync();
        }
    }
}
