using System;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Makes a handler of an event from any delegate.</summary>
[RequiresUnreferencedCode("Parameters and results are bound by reflection.")]
[RequiresDynamicCode("Parameters and results are bound by reflection.")]
internal static class DelegateBinder
{
    internal static EventHandling Bind(SocketIOServer server, Delegate handler)
    {
        var method = new HandlerMethod(server, handler.Method);
        return method.UsesServices
            ? e => HandlerScope.RunAsync(e.Socket, services => method.AnswerAsync(e, Invoke(handler, method.ArgumentsFor(e, services))))
            : e => method.AnswerAsync(e, Invoke(handler, method.ArgumentsFor(e, services: null)));
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
