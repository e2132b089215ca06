using System.Reflection;

namespace WsProto.Docs.Tests.Reference;

/// <summary>The packages that the reference is about.</summary>
internal static class Packages
{
    public static IReadOnlyList<Assembly> Assemblies { get; } =
    [
        typeof(WsConnection).Assembly,
        typeof(Adapters.WsSession).Assembly,
        typeof(AspNetCore.WsEndpointOptions).Assembly,
        typeof(AspNetCore.Testing.InMemoryServer).Assembly,
        typeof(EngineIO.EngineIOServer).Assembly,
        typeof(SocketIO.SocketIOConnection).Assembly,
        typeof(SocketIO.AspNetCore.SocketIOServer).Assembly,
        typeof(SocketIO.AspNetCore.Testing.SocketIOTestClient).Assembly,
        typeof(SocketIO.Client.SocketIOClient).Assembly,
        typeof(SocketIO.MessagePack.MessagePackSocketIOParser).Assembly,
        typeof(SocketIO.Redis.RedisSocketIOOptions).Assembly,
        typeof(SocketIO.Nats.NatsSocketIOOptions).Assembly,
        typeof(WsProto.Testing.Cuts).Assembly,
        typeof(Conformance.ConformanceRunner).Assembly,
    ];

    public static string NameOf(Assembly assembly) => assembly.GetName().Name!;

    public static IEnumerable<Type> PublicTypes(Assembly assembly) =>
        assembly.GetExportedTypes()
            .Where(type => !type.FullName!.Contains('<', StringComparison.Ordinal))
            .OrderBy(type => type.FullName, StringComparer.Ordinal);
}
