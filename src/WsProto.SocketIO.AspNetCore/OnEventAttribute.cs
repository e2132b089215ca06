using System;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Makes a method of a <see cref="SocketIOHandlers"/> class the handler of an event.</summary>
/// <remarks>
/// The name is explicit, because clients depend on it: renaming the method must not change it. A method may handle several events.
/// </remarks>
/// <param name="name">The name of the event.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnEventAttribute(string name) : Attribute
{
    /// <summary>The name of the event.</summary>
    public string Name { get; } = name;
}
