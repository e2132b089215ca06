using System.Reflection;
using Xunit.Sdk;

namespace WsProto.Interop.Tests;

/// <summary>
/// The rows of a theory for one peer: the peer alone, or the peer before each of the named cases. They are skipped where
/// the peer is not installed, unless peers are required.
/// </summary>
public abstract class PeerDataAttribute : DataAttribute
{
    private readonly PeerKind _peer;

    private protected PeerDataAttribute(PeerKind peer, string? cases)
    {
        _peer = peer;
        Cases = cases;
        if (!PeerInstallation.AreRequired && PeerInstallation.Of(peer).Missing is { } missing)
            Skip = missing;
    }

    /// <summary>The name of a static field of the test class: a list of the arguments after the peer.</summary>
    public string? Cases { get; }

    public override IEnumerable<object?[]> GetData(MethodInfo testMethod)
    {
        if (Cases is null)
            return [[_peer]];
        var cases = (IEnumerable<object?[]>)testMethod.DeclaringType!.GetField(Cases)!.GetValue(null)!;
        return cases.Select(arguments => (object?[])[_peer, .. arguments]);
    }
}

[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonWebsocketsAttribute(string? cases = null) : PeerDataAttribute(PeerKind.PythonWebsockets, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonWsprotoAttribute(string? cases = null) : PeerDataAttribute(PeerKind.PythonWsproto, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeWsAttribute(string? cases = null) : PeerDataAttribute(PeerKind.NodeWs, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumAttribute(string? cases = null) : PeerDataAttribute(PeerKind.Chromium, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class SocketIOChromiumAttribute(string? cases = null) : PeerDataAttribute(PeerKind.SocketIOChromium, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class ConformanceChromiumAttribute(string? cases = null) : PeerDataAttribute(PeerKind.ConformanceChromium, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxAttribute(string? cases = null) : PeerDataAttribute(PeerKind.Nginx, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class HaproxyAttribute(string? cases = null) : PeerDataAttribute(PeerKind.Haproxy, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class YarpAttribute(string? cases = null) : PeerDataAttribute(PeerKind.Yarp, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeSocketIOAttribute(string? cases = null) : PeerDataAttribute(PeerKind.NodeSocketIO, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonSocketIOAttribute(string? cases = null) : PeerDataAttribute(PeerKind.PythonSocketIO, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeEngineIOAttribute(string? cases = null) : PeerDataAttribute(PeerKind.NodeEngineIO, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeSocketIOServerAttribute(string? cases = null) : PeerDataAttribute(PeerKind.NodeSocketIOServer, cases);

[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonSocketIOServerAttribute(string? cases = null) : PeerDataAttribute(PeerKind.PythonSocketIOServer, cases);
