// A method as a handler of an event, by reflection: looked at once when it is added, to know where each argument comes from and what becomes
// of its result.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.SocketIO.AspNetCore.Hosting;

[RequiresUnreferencedCode("Parameters and results are looked at by reflection.")]
[RequiresDynamicCode("Parameters and results are looked at by reflection.")]
internal sealed class HandlerMethod
{
    private readonly Func<SocketIOEvent, IServiceProvider?, object?>[] _sources;
    private readonly Func<object?, ValueTask<object?[]?>> _result;

    internal HandlerMethod(SocketIOServer server, MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        _sources = new Func<SocketIOEvent, IServiceProvider?, object?>[parameters.Length];
        IServiceProviderIsService? isService = server.Services.GetService<IServiceProviderIsService>();
        int index = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            Type type = parameters[i].ParameterType;
            if (type.IsByRef)
                throw new ArgumentException($"A handler takes no parameters by reference, and \"{parameters[i].Name}\" is one.");
            if (type == typeof(SocketIOSocket))
            {
                _sources[i] = (e, _) => e.Socket;
            }
            else if (type == typeof(SocketIOEvent))
            {
                _sources[i] = (e, _) => e;
            }
            else if (type == typeof(SocketIOArguments))
            {
                _sources[i] = (e, _) => e.Arguments;
            }
            else if (type == typeof(CancellationToken))
            {
                _sources[i] = (e, _) => e.Socket.Disconnected;
            }
            else if (isService?.IsService(type) == true)
            {
                _sources[i] = (_, services) => services!.GetRequiredService(type);
                UsesServices = true;
            }
            else
            {
                _sources[i] = ArgumentSource(server, parameters[i], index++);
            }
        }

        _result = ResultOf(method.ReturnType);
    }

    /// <summary>Whether a parameter is a service.</summary>
    internal bool UsesServices { get; }

    internal object?[] ArgumentsFor(SocketIOEvent e, IServiceProvider? services)
    {
        object?[] arguments = new object?[_sources.Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = _sources[i](e, services);
        return arguments;
    }

    /// <summary>Waits for what the method has returned, if it can be waited for.</summary>
    /// <returns>The arguments of the ack.</returns>
    internal ValueTask<object?[]?> AnswerOf(object? returned) => _result(returned);

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
