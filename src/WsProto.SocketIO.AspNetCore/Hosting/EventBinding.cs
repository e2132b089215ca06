using System;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Binds the arguments of an event to the parameters of a handler.</summary>
internal static class EventBinding
{
    internal static T? Get<T>(SocketIOEvent e, int index)
    {
        if (typeof(T) == typeof(SocketIOArguments))
            return (T)(object)e.Arguments;
        if (index >= e.Arguments.Count)
            return Nullable.GetUnderlyingType(typeof(T)) is not null ? default : throw Missing(e, index);
        JsonTypeInfo<T> type = e.Socket.Server.TypeInfo<T>();
        try
        {
            return e.Arguments.Get(index, type);
        }
        catch (JsonException exception)
        {
            throw Mismatch(e, index, type, exception);
        }
    }

    internal static SocketIOBindingException Missing(SocketIOEvent e, int index) =>
        new($"The event{(IsKnown(e) ? $" '{e.Name}'" : "")} has no argument {index}.") { Index = index };

    internal static SocketIOBindingException Mismatch(SocketIOEvent e, int index, JsonTypeInfo type, JsonException reason)
    {
        string name = IsKnown(e) ? $"'{e.Name}'" : "the event";
        string what = JsonMismatch.Describe(type, e.Arguments.GetJson(index), reason.Path);
        return new($"Argument {index} of {name} is not of type {JsonMismatch.NameOf(type.Type)}: {what}", reason) { Index = index };
    }

    /// <summary>Whether the name is one of the application's, and so may be in its log.</summary>
    private static bool IsKnown(SocketIOEvent e) => e.Socket.Namespace.Handlers.Knows(e.Name);
}
