using System.Reflection;
using Xunit.Sdk;

namespace WsProto.Adapters.Tests.Support;

/// <summary>What a session runs over.</summary>
public enum TransportKind
{
    Memory,
    Socket,
    Stream,
    Tls,
    Pipe,

    /// <summary>A socket of the system's own; beside <see cref="Socket"/> for the tests of transports alone.</summary>
    Unix,

    /// <summary>The listener's side of TLS, which shakes hands in its first read; for the tests of transports alone.</summary>
    TlsListener,
}

/// <summary>
/// Runs the test of a session over each kind of transport, which is the first argument. Used instead of <see cref="InlineDataAttribute"/>,
/// once for each row of other arguments.
/// </summary>
/// <param name="arguments">The other arguments.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EveryTransportAttribute(params object[] arguments) : DataAttribute
{
    /// <summary>The other arguments.</summary>
    public IReadOnlyList<object> Arguments => arguments;

    internal static TransportKind[] Kinds { get; } =
        [TransportKind.Memory, TransportKind.Socket, TransportKind.Stream, TransportKind.Tls, TransportKind.Pipe];

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => Kinds.Select(kind => (object[])[kind, .. arguments]);
}

/// <summary>Says why a test of a session does not run over each kind of transport.</summary>
/// <param name="reason">What the test needs, and one kind alone has.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class OneTransportAttribute(OneTransportReason reason) : Attribute
{
    /// <summary>What the test needs, and one kind alone has.</summary>
    public OneTransportReason Reason => reason;
}

/// <summary>What a test of a session needs that not every transport can be brought to do.</summary>
public enum OneTransportReason
{
    /// <summary>A write that waits at a byte that the test names: the system's buffers take as much as they like.</summary>
    WaitsAtAByte,

    /// <summary>A direction that fails at a byte that the test names while the other goes on.</summary>
    FailsOneWay,

    /// <summary>Bytes that take their time, by the clock that the test moves.</summary>
    TakesTime,

    /// <summary>Reads or writes that hang, throw or give what the test says at each call: a transport of the test's own.</summary>
    IsScripted,

    /// <summary>That all of what was written is there with one read.</summary>
    ArrivesAtOnce,

    /// <summary>A look at whether all that was written has been read.</summary>
    ShowsWhatIsUnderWay,

    /// <summary>The failure that the session is to show is one that the test has made.</summary>
    FailsWithAGivenException,

    /// <summary>The way that a session opens over a <see cref="System.Net.Sockets.TcpClient"/>.</summary>
    OpensATcpClient,

    /// <summary>The bytes do not matter: what is tested happens before there are any, or beside them.</summary>
    UsesNoBytes,

    /// <summary>The test listens to the whole process, which other sessions of the same run would disturb.</summary>
    ListensToTheProcess,

    /// <summary>The stream of .NET's own WebSocket, as both are compared step by step.</summary>
    ComparesWithDotNet,
}
