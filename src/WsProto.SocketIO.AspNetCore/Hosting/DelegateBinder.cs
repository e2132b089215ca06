// Any delegate as a handler of an event, by reflection: once when it is added, to know what each parameter is, and then to call it.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.SocketIO.AspNetCore.Hosting;

[RequiresUnreferencedCode("Parameters and results are looked at by reflection.")]
[RequiresDynamicCode("Parameters and results are looked at by reflection.")]
internal static class DelegateBinder
{
    internal static EventHandling Bind(SocketIOServer server, Delegate handler)
    {
        ParameterInfo[] parameters = handler.Method.GetParameters();
        var sources = new Func<SocketIOEvent, IServiceProvider?, object?>[parameters.Length];
        IServiceProviderIsService? isService = server.Services.GetService<IServiceProviderIsService>();
        bool wantsScope = false;
        int index = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            Type type = parameters[i].ParameterType;
            if (type == typeof(SocketIOSocket))
            {
                sources[i] = (e, _) => e.Socket;
            }
            else if (type == typeof(SocketIOEvent))
            {
                sources[i] = (e, _) => e;
            }
            else if (type == typeof(SocketIOArguments))
            {
                sources[i] = (e, _) => e.Arguments;
            }
            else if (type == typeof(CancellationToken))
            {
                sources[i] = (e, _) => e.Socket.Disconnected;
            }
            else if (isService?.IsService(type) == true)
            {
                sources[i] = (_, services) => services!.GetRequiredService(type);
                wantsScope = true;
            }
            else
            {
                sources[i] = ArgumentSource(server, parameters[i], index++);
            }
        }

        Func<object?, ValueTask<object?[]?>> result = ResultOf(handler.Method.ReturnType);
        return wantsScope
            ? async e =>
            {
                AsyncServiceScope scope = server.Services.CreateAsyncScope();
                await using (scope.ConfigureAwait(false))
                    return await result(Invoke(handler, sources, e, scope.ServiceProvider)).ConfigureAwait(false);
            }
        : e => result(Invoke(handler, sources, e, services: null));
    }

    private static object? Invoke(
        Delegate handler, Func<SocketIOEvent, IServiceProvider?, object?>[] sources, SocketIOEvent e, IServiceProvider? services)
    {
        object?[] arguments = new object?[sources.Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = sources[i](e, services);
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

    /// <summary>An argument of the event. One that is missing is the parameter's default, or null where that is allowed.</summary>
    private static Func<SocketIOEvent, IServiceProvider?, object?> ArgumentSource(SocketIOServer server, ParameterInfo parameter, int index)
    {
        Type type = parameter.ParameterType;
        bool mayMiss = parameter.HasDefaultValue || Nullable.GetUnderlyingType(type) is not null
            || (!type.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable);
        object? missing = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        JsonTypeInfo info = server.Encoder.JsonOptions.GetTypeInfo(type);
        return (e, _) =>
        {
            if (index >= e.Arguments.Count)
                return mayMiss ? missing : throw EventBinding.Missing(index);
            try
            {
                return e.Arguments.Get(index, info);
            }
            catch (JsonException exception)
            {
                throw EventBinding.Mismatch(index, type, exception);
            }
        };
    }

    private static Func<object?, ValueTask<object?[]?>> ResultOf(Type type)
    {
        if (type == typeof(void))
            return _ => new([]);
        if (type == typeof(Task))
            return async task => await Done((Task)task!).ConfigureAwait(false);
        if (type == typeof(ValueTask))
            return async task => await Done(((ValueTask)task!).AsTask()).ConfigureAwait(false);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
        {
            PropertyInfo value = type.GetProperty(nameof(Task<int>.Result))!;
            return async task =>
            {
                await ((Task)task!).ConfigureAwait(false);
                return SocketIOAck.ArgumentsOf(value.GetValue(task));
            };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            MethodInfo asTask = type.GetMethod(nameof(ValueTask<int>.AsTask))!;
            Func<object?, ValueTask<object?[]?>> ofTask = ResultOf(asTask.ReturnType);
            return task => ofTask(asTask.Invoke(task, null));
        }

        return value => new(SocketIOAck.ArgumentsOf(value));

        static async ValueTask<object?[]?> Done(Task task)
        {
            await task.ConfigureAwait(false);
            return [];
        }
    }
}
