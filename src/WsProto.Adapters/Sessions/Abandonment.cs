using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Waiting for what may never end. An operation that is given up fails later, when its transport is disposed of, and then nobody would
/// observe its exception; so that is done here.
/// </summary>
internal static class Abandonment
{
    extension(Task operation)
    {
        /// <summary>
        /// Waits for the operation or the token, even if the operation does not heed the token. It does not throw: handshakes fail all the
        /// time, and an exception for each layer that they pass costs a server under attack more than they do.
        /// </summary>
        /// <returns>Whether the operation is over, in whichever way; if not, it was abandoned.</returns>
        internal async Task<bool> EndsBeforeAsync(CancellationToken limit)
        {
            if (!operation.IsCompleted)
                await operation.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (operation.IsCompleted)
                return true;
            Abandon(operation);
            return false;
        }

        /// <summary>Waits for the operation or the token, even if the operation does not heed the token.</summary>
        /// <exception cref="OperationCanceledException">The token was first, and the operation was abandoned.</exception>
        internal async Task LimitAsync(CancellationToken limit)
        {
            if (!await operation.EndsBeforeAsync(limit).ConfigureAwait(false))
                throw new OperationCanceledException(limit);
            await operation.ConfigureAwait(false);
        }
    }

    extension<T>(Task<T> operation)
    {
        /// <inheritdoc cref="LimitAsync(Task, CancellationToken)"/>
        internal async Task<T> LimitAsync(CancellationToken limit)
        {
            await ((Task)operation).LimitAsync(limit).ConfigureAwait(false);
            return await operation.ConfigureAwait(false);
        }
    }

    private static void Abandon(Task task) =>
        task.ContinueWith(
            static ended => _ = ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}
