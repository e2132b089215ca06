using System;
using System.Runtime.CompilerServices;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// An acknowledgement with several arguments or none, as the result of a handler. Any other result is sent as one argument.
/// </summary>
/// <remarks>A handler that returns a tuple is refused when it is added, because JSON has no tuples.</remarks>
public sealed class SocketIOAck
{
    private SocketIOAck(object?[] arguments) => Arguments = arguments;

    internal object?[] Arguments { get; }

    /// <summary>Creates an acknowledgement.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The acknowledgement.</returns>
    public static SocketIOAck Of(params ReadOnlySpan<object?> arguments) => new([.. arguments]);

    /// <summary>Creates an acknowledgement with one argument, which may be a collection or null.</summary>
    /// <param name="argument">The argument.</param>
    /// <returns>The acknowledgement.</returns>
    [OverloadResolutionPriority(1)]
    public static SocketIOAck Of(object? argument) => new([argument]);

    /// <summary>Refuses a handler that returns a tuple: its writer means several values, and System.Text.Json writes none.</summary>
    internal static void ThrowIfTuple(Type type)
    {
        if (typeof(ITuple).IsAssignableFrom(Nullable.GetUnderlyingType(type) ?? type))
            throw new ArgumentException("A handler answers no tuple, which JSON does not have. Return SocketIOAck.Of(a, b), or a record.");
    }

    /// <summary>Gets the arguments of an acknowledgement from the result of a handler.</summary>
    internal static object?[] ArgumentsOf(object? value) => value is SocketIOAck ack ? ack.Arguments : [value];
}
