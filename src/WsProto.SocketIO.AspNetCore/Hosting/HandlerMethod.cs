// A method as a handler of an event, by reflection: looked at once when it is added, to know where each argument comes from and what becomes
// of its result.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

[RequiresUnreferencedCode("Parameters and results are looked at by reflection.")]
[RequiresDynamicCode("Parameters and results are looked at by reflection.")]
internal sealed class HandlerMethod
{
    private readonly Func<SocketIOEvent, IServiceProvider?, object?>[] _sources;
    private readonly Func<object?, ValueTask<object?>> _result;
    private readonly bool _returnsNothing;

    internal HandlerMethod(SocketIOServer server, MethodInfo method)
    {
        ThrowIfImpossible(method);
        ParameterInfo[] parameters = method.GetParameters();
        _sources = new Func<SocketIOEvent, IServiceProvider?, object?>[parameters.Length];
        int index = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            if (SourceOf(server, parameters[i]) is { } source)
                _sources[i] = source;
            else
                _sources[i] = ArgumentSource(server, parameters[i], index++);
        }

        _result = ResultOf(method.ReturnType);
        _returnsNothing = method.ReturnType == typeof(void) || method.ReturnType == typeof(Task) || method.ReturnType == typeof(ValueTask);
    }

    /// <summary>Whether a parameter is a service.</summary>
    internal bool UsesServices { get; private set; }

    internal object?[] ArgumentsFor(SocketIOEvent e, IServiceProvider? services)
    {
        object?[] arguments = new object?[_sources.Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = _sources[i](e, services);
        return arguments;
    }

    /// <summary>Waits for what the method has returned, if it can be waited for.</summary>
    /// <returns>The ack; null if the client wants none.</returns>
    internal async ValueTask<IReadOnlyList<Packet>?> AnswerAsync(SocketIOEvent e, object? returned)
    {
        object? value = await _result(returned).ConfigureAwait(false);
        return _returnsNothing ? e.AnswerEmpty() : e.Answer(value);
    }

    private static void ThrowIfImpossible(MethodInfo method)
    {
        string name = $"{method.DeclaringType?.Name}.{method.Name}";
        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
            throw new ArgumentException($"{name} is async void: nobody could wait for it, and what it throws would end the process.");
        if (method.ReturnType.IsByRef || method.ReturnType.IsByRefLike)
            throw new ArgumentException($"{name} returns what cannot be kept.");
        SocketIOAck.ThrowIfTuple(ValueTypeOf(method.ReturnType));
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsByRefLike)
                throw new ArgumentException($"{name} takes \"{parameter.Name}\" by reference or as a span, which no event can give.");
        }
    }

    /// <summary>What is waited for, if it can be waited for.</summary>
    private static Type ValueTypeOf(Type type)
    {
        Type? generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return generic == typeof(Task<>) || generic == typeof(ValueTask<>) ? type.GenericTypeArguments[0] : type;
    }

    /// <summary>Where a parameter comes from that is no argument of the event; null for one that is.</summary>
    private Func<SocketIOEvent, IServiceProvider?, object?>? SourceOf(SocketIOServer server, ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (type == typeof(SocketIOSocket))
            return static (e, _) => e.Socket;
        if (type == typeof(SocketIOEvent))
            return static (e, _) => e;
        if (type == typeof(SocketIOArguments))
            return static (e, _) => e.Arguments;
        if (type == typeof(CancellationToken))
            return static (e, _) => e.Socket.Disconnected;
        object? key = parameter.GetCustomAttribute<FromKeyedServicesAttribute>()?.Key;
        if (key is null && !IsService(server, parameter))
            return null;
        UsesServices = true;
        return key is null
            ? (_, services) => services!.GetRequiredService(type)
            : (_, services) => services!.GetRequiredKeyedService(type, key);
    }

    private static bool IsService(SocketIOServer server, ParameterInfo parameter)
    {
        if (parameter.GetCustomAttributes().Any(attribute => attribute is IFromServiceMetadata))
            return true;
        // A sequence of anything is a service to the container, be it empty.
        Type type = parameter.ParameterType;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            type = type.GenericTypeArguments[0];
        return server.Services.GetService<IServiceProviderIsService>()?.IsService(type) == true;
    }

    /// <summary>An argument of the event. One that is missing is the parameter's default, or null where that is allowed.</summary>
    private static Func<SocketIOEvent, IServiceProvider?, object?> ArgumentSource(SocketIOServer server, ParameterInfo parameter, int index)
    {
        Type type = parameter.ParameterType;
        bool mayMiss = parameter.HasDefaultValue || Nullable.GetUnderlyingType(type) is not null
            || (!type.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable);
        object? missing = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        // The default of a nullable enum is the number.
        if (missing is not null && Nullable.GetUnderlyingType(type) is { IsEnum: true } named)
            missing = Enum.ToObject(named, missing);
        JsonTypeInfo info = server.Encoder.JsonOptions.GetTypeInfo(type);
        return (e, _) =>
        {
            if (index >= e.Arguments.Count)
                return mayMiss ? missing : throw EventBinding.Missing(e, index);
            try
            {
                return e.Arguments.Get(index, info);
            }
            catch (JsonException exception)
            {
                throw EventBinding.Mismatch(e, index, info, exception);
            }
        };
    }

    /// <summary>How to wait for what is returned, and for which value.</summary>
    private static Func<object?, ValueTask<object?>> ResultOf(Type type)
    {
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
                return value.GetValue(task);
            };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            MethodInfo asTask = type.GetMethod(nameof(ValueTask<int>.AsTask))!;
            Func<object?, ValueTask<object?>> ofTask = ResultOf(asTask.ReturnType);
            return task => ofTask(asTask.Invoke(task, null));
        }

        return static value => new(value);

        static async ValueTask<object?> Done(Task task)
        {
            await task.ConfigureAwait(false);
            return null;
        }
    }
}
