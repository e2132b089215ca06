using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters;

/// <summary>
/// Sessions that get the same messages, such as all who are in one room. A member that leaves, in whichever way, spoils nothing for the
/// others.
/// </summary>
/// <remarks>
/// A session may be in any number of groups. One that ends is no member any more, without a call. A message is encoded once
/// (<see cref="PreparedMessage"/>). What happens to members that do not keep up, their <see cref="WsSessionOptions.SendOverflow"/> says;
/// only with <see cref="SendOverflow.Wait"/> does a send wait for them, and the others have the message by then. Every member may be called
/// from any thread, also at once. Sends that run at once may arrive in another order at one member than at another; await one before the
/// next where that matters.
/// </remarks>
public sealed class WsSessionGroup
{
    private readonly ConcurrentDictionary<WsSession, CancellationTokenSource> _members = new();

    /// <summary>How many members there are.</summary>
    public int Count => _members.Count;

    /// <summary>The members at this moment.</summary>
    public IReadOnlyCollection<WsSession> Sessions => [.. _members.Keys];

    /// <summary>Adds a session. It stays a member until it is removed or ends.</summary>
    /// <param name="session">The session.</param>
    /// <returns>Whether it was added; false if it is a member already, or has ended.</returns>
    public bool Add(WsSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Completion.IsCompleted)
            return false;
        var removal = new CancellationTokenSource();
        // Once it is a member, others may remove it, and dispose of the source.
        CancellationToken removed = removal.Token;
        if (!_members.TryAdd(session, removal))
        {
            removal.Dispose();
            return false;
        }

        // Detached by a removal, so that a session that comes and goes for years holds nothing of it.
        session.Completion.ContinueWith(_ => Remove(session), removed, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return true;
    }

    /// <summary>Removes a session.</summary>
    /// <param name="session">The session.</param>
    /// <returns>Whether it was a member.</returns>
    public bool Remove(WsSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (!_members.TryRemove(session, out CancellationTokenSource? removal))
            return false;
        removal.Cancel();
        removal.Dispose();
        return true;
    }

    /// <summary>Whether a session is a member.</summary>
    /// <param name="session">The session.</param>
    public bool Contains(WsSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return _members.ContainsKey(session);
    }

    /// <summary>Sends a text to all members.</summary>
    /// <param name="text">Whole characters: no lone surrogate.</param>
    /// <param name="except">A member that does not get it, such as the one who said it; null for none.</param>
    /// <param name="cancellationToken">Stops waiting for members that have no room; they do not get it.</param>
    /// <returns>How many have it: in their backlog, or on its way.</returns>
    /// <exception cref="ArgumentException">The text holds a lone surrogate.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Members that had room have it.</exception>
    public ValueTask<int> SendTextAsync(string text, WsSession? except = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendAsync(PreparedMessage.FromText(text), except, cancellationToken);
    }

    /// <summary>Sends bytes to all members.</summary>
    /// <param name="data">The bytes, which are copied.</param>
    /// <param name="except">A member that does not get it; null for none.</param>
    /// <param name="cancellationToken">Stops waiting for members that have no room; they do not get it.</param>
    /// <returns>How many have it: in their backlog, or on its way.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled. Members that had room have it.</exception>
    public ValueTask<int> SendBytesAsync(
        ReadOnlyMemory<byte> data, WsSession? except = null, CancellationToken cancellationToken = default) =>
        SendAsync(PreparedMessage.FromBytes(data.Span), except, cancellationToken);

    /// <summary>Sends a message to all members.</summary>
    /// <param name="message">The message.</param>
    /// <param name="except">A member that does not get it; null for none.</param>
    /// <param name="cancellationToken">Stops waiting for members that have no room; they do not get it.</param>
    /// <returns>How many have it: in their backlog, or on its way.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled. Members that had room have it.</exception>
    public ValueTask<int> SendAsync(PreparedMessage message, WsSession? except = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        int sent = 0;
        List<Task<bool>>? waiting = null;
        foreach ((WsSession session, _) in _members)
        {
            if (session == except)
                continue;
            if (session.TrySend(message))
                sent++;
            else if (session.State == ConnectionState.Open)
                (waiting ??= []).Add(SendWhenRoomAsync(session, message, cancellationToken));
        }

        return waiting is null ? new ValueTask<int>(sent) : CountAsync(sent, waiting);
    }

    private static async ValueTask<int> CountAsync(int sent, List<Task<bool>> waiting) =>
        sent + (await Task.WhenAll(waiting).ConfigureAwait(false)).Count(hasIt => hasIt);

    private static async Task<bool> SendWhenRoomAsync(WsSession session, PreparedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await session.SendAsync(message, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (WsClosedException)
        {
            // It left meanwhile.
            return false;
        }
    }
}
