using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Waiting for what may never end. An operation that is given up fails later, when its transport is disposed of, and then nobody would observe its
/// exception; so that is done here.
/// </summary>
internal static class Patience
{
    extension(Task operation)
    {
        /// <summary>Waits for the operation or the token, even if the operation does not heed the token.</summary>
        internal async Task LimitAsync(CancellationToken limit)
        {
            try
            {
                await operation.WaitAsync(limit).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Leave(operation);
                throw;
            }
        }
    }

    extension<T>(Task<T> operation)
    {
        /// <summary>Waits for the operation or the token, even if the operation does not heed the token.</summary>
        internal async Task<T> LimitAsync(CancellationToken limit)
        {
            try
            {
                return await operation.WaitAsync(limit).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Leave(operation);
                throw;
            }
        }
    }

    private static void Leave(Task task) =>
        task.ContinueWith(
            static ended => _ = ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}
