using System;
using System.Text.Json;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Binds the arguments of an event to the parameters of a handler.</summary>
internal static class EventBinding
{
    internal static T? Get<T>(SocketIOServer server, SocketIOArguments arguments, int index)
    {
        if (typeof(T) == typeof(SocketIOArguments))
            return (T)(object)arguments;
        if (index >= arguments.Count)
            return Nullable.GetUnderlyingType(typeof(T)) is not null ? default : throw Missing(index);
        try
        {
            return arguments.Get(index, server.TypeInfo<T>());
        }
        catch (JsonException e)
        {
            throw Mismatch(index, typeof(T), e);
        }
    }

    internal static SocketIOBindingException Missing(int index) =>
        new($"The event has no argument {index}.") { Index = index };

    internal static SocketIOBindingException Mismatch(int index, Type type, JsonException reason) =>
        new($"Argument {index} of the event is not of type {type.Name}.", reason) { Index = index };
}
