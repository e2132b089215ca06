using System;
using System.Runtime.CompilerServices;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>An answer of several arguments, or of none, for handlers to return. Anything else that they return is one argument.</summary>
/// <remarks>A tuple is no argument: JSON has none. A handler that returns one is refused when it is added.</remarks>
public sealed class SocketIOAck
{
    private SocketIOAck(object?[] arguments) => Arguments = arguments;

    internal object?[] Arguments { get; }

    /// <summary>An answer.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static SocketIOAck Of(params ReadOnlySpan<object?> arguments) => new([.. arguments]);

    /// <summary>An answer of one argument, a collection or null included.</summary>
    /// <param name="argument">The argument.</param>
    [OverloadResolutionPriority(1)]
    public static SocketIOAck Of(object? argument) => new([argument]);

    /// <summary>A handler that would answer a tuple: to its writer that is several values, and to System.Text.Json it has none.</summary>
    internal static void ThrowIfTuple(Type type)
    {
        if (typeof(ITuple).IsAssignableFrom(Nullable.GetUnderlyingType(type) ?? type))
            throw new ArgumentException("A handler answers no tuple, which JSON does not have. Return SocketIOAck.Of(a, b), or a record.");
    }

    /// <summary>What a handler has returned, as the arguments of its answer.</summary>
    internal static object?[] ArgumentsOf(object? value) => value is SocketIOAck ack ? ack.Arguments : [value];
}
