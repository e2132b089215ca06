using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>
/// The filter that runs last, before the handler: it accepts the connection, and passes the session and its token to the handler.
/// </summary>
internal static class WsHandlerFilter
{
    /// <summary>The status that ASP.NET Core sets before the filters run if arguments cannot be bound.</summary>
    private const int NotBound = StatusCodes.Status400BadRequest;

    internal static EndpointFilterDelegate Create(EndpointFilterFactoryContext context, EndpointFilterDelegate next)
    {
        if (!Array.Exists(context.MethodInfo.GetParameters(), parameter => parameter.ParameterType == typeof(WsSession)))
            throw new InvalidOperationException("A WebSocket route needs a handler with a parameter of type WsSession.");
        Type result = context.MethodInfo.ReturnType;
        if (result != typeof(Task) && result != typeof(ValueTask) && result != typeof(void))
        {
            throw new InvalidOperationException(
                $"The handler of a WebSocket route must return Task, ValueTask or nothing, not {result.Name}: "
                + "no HTTP response is left for a result.");
        }

        return invocation => InvokeAsync(invocation, next);
    }

    private static async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        if (invocation.HttpContext.Response.StatusCode == NotBound)
            return await next(invocation).ConfigureAwait(false);
        CancellationToken aborted = invocation.HttpContext.RequestAborted;
        await WsAttempt.Of(invocation.HttpContext).ServeAsync(async (session, token) =>
        {
            for (int i = 0; i < invocation.Arguments.Count; i++)
            {
                if (ReferenceEquals(invocation.Arguments[i], WsPlaceholder.Session))
                    invocation.Arguments[i] = session;
                else if (invocation.Arguments[i] is CancellationToken bound && bound == aborted)
                    invocation.Arguments[i] = token;
            }

            await next(invocation).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return Results.Empty;
    }
}
