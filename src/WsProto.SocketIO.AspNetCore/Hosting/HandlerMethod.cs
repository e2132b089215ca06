// A method as a handler of an event, by reflection. It is inspected once when it is added, to find out where each argument comes from and
// how to await the result.

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

[RequiresUnreferencedCode("Parameters and results are bound by reflection.")]
[RequiresDynamicCode("Parameters and results are bound by reflection.")]
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

    /// <summary>Awaits the result of the method, if it is a task.</summary>
    /// <returns>The acknowledgement; null if the client expects none.</returns>
    internal async ValueTask<IReadOnlyList<Packet>?> AnswerAsync(SocketIOEvent e, object? returned)
    {
        object? value = await _result(returned).ConfigureAwait(false);
        return _returnsNothing ? e.AnswerEmpty() : e.Answer(value);
    }

    private static void ThrowIfImpossible(MethodInfo method)
    {
        string name = $"{method.DeclaringType?.Name}.{method.Name}";
        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
        {
            throw new ArgumentException(
                $"{name} is async void: it could not be awaited, and its exceptions would end the process. Return a Task.");
        }

        if (method.ReturnType.IsByRef || method.ReturnType.IsByRefLike)
            throw new ArgumentException($"{name} returns a reference or a span, which cannot be kept.");
        SocketIOAck.ThrowIfTuple(ValueTypeOf(method.ReturnType));
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsByRefLike)
                throw new ArgumentException($"{name} takes \"{parameter.Name}\" by reference or as a span, which an event cannot provide.");
        }
    }

    /// <summary>The type of the result of a task; otherwise the type itself.</summary>
    private static Type ValueTypeOf(Type type)
    {
        Type? generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return generic == typeof(Task<>) || generic == typeof(ValueTask<>) ? type.GenericTypeArguments[0] : type;
    }

    /// <summary>The source of a parameter that is not an argument of the event; null if it is one.</summary>
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
        // For the container, a sequence of anything is a service, even if it is empty.
        Type type = parameter.ParameterType;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            type = type.GenericTypeArguments[0];
        return server.Services.GetService<IServiceProviderIsService>()?.IsService(type) == true;
    }

    /// <summary>
    /// The source of a parameter that is an argument of the event. A missing argument gets the parameter's default, or null if the type
    /// allows it.
    /// </summary>
    private static Func<SocketIOEvent, IServiceProvider?, object?> ArgumentSource(SocketIOServer server, ParameterInfo parameter, int index)
    {
        Type type = parameter.ParameterType;
        bool mayMiss = parameter.HasDefaultValue || Nullable.GetUnderlyingType(type) is not null
            || (!type.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable);
        object? missing = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        // Reflection returns the default of a nullable enum as a number.
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

    /// <summary>How to await what a method returns, and to get its value.</summary>
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
