using System;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Makes a method of a <see cref="SocketIOHandlers"/> the handler of an event.</summary>
/// <remarks>
/// The name is written out and not taken from the method: clients depend on it, so that renaming a method must not change it. One method may
/// handle several events.
/// </remarks>
/// <param name="name">The name of the event.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnEventAttribute(string name) : Attribute
{
    /// <summary>The name of the event.</summary>
    public string Name { get; } = name;
}
