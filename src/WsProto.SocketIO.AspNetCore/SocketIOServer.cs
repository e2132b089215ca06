using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// A server of Socket.IO v5: its namespaces, with their handlers and clients. Register it by
/// <see cref="SocketIOServiceCollectionExtensions.AddSocketIO"/> to send from anywhere in the application.
/// </summary>
/// <remarks>Sending is safe for concurrent use. Namespaces and handlers are added before the server runs.</remarks>
[DebuggerDisplay("{_namespaces.Count} namespaces")]
public sealed class SocketIOServer
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SocketIONamespace> _namespaces = new(StringComparer.Ordinal);
    private readonly List<(Func<string, bool> Matches, EventHandlers Handlers)> _patterns = [];
    private readonly long _begin;
    private int _dynamicCount;
    private bool _isMapped;

    /// <summary>
    /// Makes a server, to be registered as a service: <see cref="SocketIOEndpointRouteBuilderExtensions.MapSocketIO"/> maps that one.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">How it behaves; null for the defaults.</param>
    public SocketIOServer(IServiceProvider services, SocketIOOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        Services = services;
        Options = options ?? new();
        _begin = Options.Engine.TimeProvider.GetTimestamp();
        Encoder = new SocketIOEncoder(Options.Json, Options.MaxAttachments, Options.Parser);
        Logger = services.GetService<ILoggerFactory>()?.CreateLogger("WsProto.SocketIO") ?? (ILogger)NullLogger.Instance;
        Faults = new ClientFaults(Logger, Options.Engine.TimeProvider);
        Instruments = new Instruments(services);
        Link = Options.Backplane is { } backplane ? new ServerLink(this, backplane) : null;
        Main = Of("/");
    }

    /// <summary>How it behaves.</summary>
    public SocketIOOptions Options { get; }

    /// <summary>The main namespace, which clients are in that ask for no other.</summary>
    public SocketIONamespace Main { get; }

    /// <summary>The namespaces that there are, those that clients have made of patterns included.</summary>
    public IReadOnlyCollection<SocketIONamespace> Namespaces
    {
        get
        {
            lock (_lock)
                return [.. _namespaces.Values];
        }
    }

    /// <summary>How many sessions are open: clients, whatever number of namespaces each is in. 0 until the server is mapped.</summary>
    public int SessionCount => Host?.SessionCount ?? 0;

    internal IServiceProvider Services { get; }

    /// <summary>What carries the sessions; null until the server is mapped.</summary>
    internal EngineHost? Host { get; set; }

    /// <summary>The time of what is kept for lost clients.</summary>
    internal TimeSpan Now => Options.Engine.TimeProvider.GetElapsedTime(_begin);

    internal SocketIOEncoder Encoder { get; }

    internal ILogger Logger { get; }

    internal ClientFaults Faults { get; }

    internal Instruments Instruments { get; }

    /// <summary>What makes it one with other servers; null if it is alone.</summary>
    internal ServerLink? Link { get; }

    /// <summary>A namespace of this name, which is made if it is not there.</summary>
    /// <param name="name">The name. It begins with a slash and has no comma.</param>
    /// <exception cref="ArgumentException">It is no name of a namespace.</exception>
    /// <exception cref="InvalidOperationException">There is none, and the server runs already.</exception>
    public SocketIONamespace Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.StartsWith('/') || name.Contains(',', StringComparison.Ordinal))
            throw new ArgumentException("The name of a namespace begins with a slash and has no comma.", nameof(name));
        lock (_lock)
        {
            if (_namespaces.TryGetValue(name, out SocketIONamespace? known))
                return known;
            ThrowIfMapped();
            return _namespaces[name] = new SocketIONamespace(this, name, new EventHandlers());
        }
    }

    /// <summary>
    /// Namespaces whose names clients choose: each is made when the first client asks for it, and goes when the last has left. They share
    /// their handlers.
    /// </summary>
    /// <param name="matches">Whether there is a namespace of this name. Called for names that are no others'; it returns at once.</param>
    /// <returns>Takes the handlers; nobody is ever in it.</returns>
    public SocketIONamespace Of(Func<string, bool> matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        lock (_lock)
        {
            ThrowIfMapped();
            var handlers = new EventHandlers();
            _patterns.Add((matches, handlers));
            return new SocketIONamespace(this, $"pattern {_patterns.Count}", handlers);
        }
    }

    internal JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Encoder.JsonOptions.GetTypeInfo(typeof(T));

    internal void Seal()
    {
        lock (_lock)
        {
            ThrowIfMapped();
            _isMapped = true;
            foreach (SocketIONamespace space in _namespaces.Values)
                space.Handlers.Seal();
            foreach ((_, EventHandlers handlers) in _patterns)
                handlers.Seal();
        }
    }

    /// <summary>The namespace of this name; null if there is none, or not now.</summary>
    internal SocketIONamespace? Known(string name)
    {
        lock (_lock)
            return _namespaces.GetValueOrDefault(name);
    }

    /// <summary>The namespace that a client asks for, which is in use from now on; null if there is none.</summary>
    internal SocketIONamespace? Find(string name)
    {
        lock (_lock)
        {
            if (!_namespaces.TryGetValue(name, out SocketIONamespace? space))
                space = CreateDynamic(name);
            space?.Use();
            return space;
        }
    }

    internal void DropEmpty(SocketIONamespace space)
    {
        lock (_lock)
        {
            // Another client may have asked for it meanwhile; or it may be dropped already, and another one have its name.
            if (!space.IsUnused || _namespaces.GetValueOrDefault(space.Name) != space)
                return;
            _namespaces.Remove(space.Name);
            _dynamicCount--;
        }
    }

    private SocketIONamespace? CreateDynamic(string name)
    {
        if (_dynamicCount >= Options.MaxDynamicNamespaces)
            return null;
        for (int i = 0; i < _patterns.Count; i++)
        {
            if (!Matches(_patterns[i].Matches, name))
                continue;
            _dynamicCount++;
            return _namespaces[name] = new SocketIONamespace(this, name, _patterns[i].Handlers, $"pattern {i + 1}");
        }

        return null;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A pattern that fails matches nothing, and is logged.")]
    private bool Matches(Func<string, bool> matches, string name)
    {
        try
        {
            return matches(name);
        }
        catch (Exception e)
        {
            Log.EventFailed(Logger, "pattern", "matching", e);
            return false;
        }
    }

    private void ThrowIfMapped()
    {
        if (_isMapped)
            throw new InvalidOperationException("The server is mapped already: namespaces and handlers are added before.");
    }
}
