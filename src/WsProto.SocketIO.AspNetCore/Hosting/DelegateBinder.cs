using System;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Any delegate as a handler of an event.</summary>
[RequiresUnreferencedCode("Parameters and results are looked at by reflection.")]
[RequiresDynamicCode("Parameters and results are looked at by reflection.")]
internal static class DelegateBinder
{
    internal static EventHandling Bind(SocketIOServer server, Delegate handler)
    {
        var method = new HandlerMethod(server, handler.Method);
        if (!method.UsesServices)
            return e => method.AnswerOf(Invoke(handler, method.ArgumentsFor(e, services: null)));
        return async e =>
        {
            AsyncServiceScope scope = server.Services.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
                return await method.AnswerOf(Invoke(handler, method.ArgumentsFor(e, scope.ServiceProvider))).ConfigureAwait(false);
        };
    }

    private static object? Invoke(Delegate handler, object?[] arguments)
    {
        try
        {
            return handler.DynamicInvoke(arguments);
        }
        catch (TargetInvocationException exception) when (exception.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }
}
