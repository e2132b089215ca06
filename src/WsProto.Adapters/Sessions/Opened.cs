using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// What an opening handshake has come to: an open connection, or why there is none. A value, so that a handshake that fails throws nothing
/// on its way out.
/// </summary>
internal readonly record struct Opened
{
    internal Opening? Opening { get; init; }

    internal Exception? Failure { get; init; }

    [MemberNotNullWhen(true, nameof(Opening))]
    internal bool IsOpen => Opening is not null;
}

internal static class OpenedTasks
{
    extension(Task<Opened> opening)
    {
        /// <summary>
        /// Starts the session when its handshake is done. What the handshake failed with is thrown once, where the caller awaits the
        /// result.
        /// </summary>
        internal ValueTask<WsSession> ToSessionAsync(WsTransport transport, WsSessionOptions options) =>
            new(opening.ContinueWith(
                ended => StartOrFail(ended, transport, options),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default).Unwrap());
    }

    [SuppressMessage("Performance", "CA1849", Justification = "The task has ended.")]
    private static Task<WsSession> StartOrFail(Task<Opened> ended, WsTransport transport, WsSessionOptions options) =>
        ended.Result is { IsOpen: true } opened
            ? Task.FromResult(WsSession.Start(opened.Opening, transport, options))
            : FailWith(ended.Result.Failure!);

    private static Task<WsSession> FailWith(Exception failure) =>
        failure is OperationCanceledException cancelled ? CancelAsync(cancelled) : Task.FromException<WsSession>(failure);

    /// <summary>Only an asynchronous method makes a cancelled task with an exception of one's own.</summary>
    private static async Task<WsSession> CancelAsync(OperationCanceledException cancelled)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        throw cancelled;
    }
}
