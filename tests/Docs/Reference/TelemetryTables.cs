using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests.Reference;

/// <summary>What can be measured and what is logged, by the classes that do it.</summary>
internal static partial class TelemetryTables
{
    private const BindingFlags Declared = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private static readonly (string Meter, string Source)[] _meters =
    [
        ("WsProto.Adapters", "src/WsProto.Adapters/Telemetry.cs"),
        ("WsProto.AspNetCore", "src/WsProto.AspNetCore/WsHost.cs"),
        ("WsProto.SocketIO", "src/WsProto.SocketIO.AspNetCore/Hosting/Instruments.cs"),
    ];

    private static readonly (string Category, Assembly Assembly)[] _logs =
    [
        ("WsProto.AspNetCore", typeof(AspNetCore.WsEndpointOptions).Assembly),
        ("WsProto.SocketIO", typeof(SocketIO.AspNetCore.SocketIOServer).Assembly),
    ];

    public static string Instruments()
    {
        var text = new StringBuilder("| Meter | Instrument | Kind | Unit | Tags | What |\n|---|---|---|---|---|---|\n");
        foreach ((string meter, string source) in _meters)
        {
            foreach (Match made in Instrument().Matches(Repository.Read(source)))
            {
                string name = made.Groups["name"].Value;
                text.Append($"| {meter} | `{name}` | {made.Groups["kind"]} | `{made.Groups["unit"]}` ");
                text.Append($"| {Tags(name)} | {made.Groups["what"]} |\n");
            }
        }

        return text.ToString();
    }

    public static string Logs()
    {
        var text = new StringBuilder("| Category | Id | Name | Level | Message |\n|---|---|---|---|---|\n");
        foreach ((string category, Assembly assembly) in _logs)
        {
            IEnumerable<LoggerMessageAttribute> messages = assembly.GetTypes()
                .SelectMany(type => type.GetMethods(Declared))
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
                .OfType<LoggerMessageAttribute>()
                .OrderBy(message => message.EventId);
            foreach (LoggerMessageAttribute message in messages)
            {
                string level = message.Level == LogLevel.None ? "by status" : $"{message.Level}";
                text.Append($"| {category} | {message.EventId} | {message.EventName} | {level} | {message.Message} |\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The tags of an instrument. One that is missing here fails.</summary>
    private static string Tags(string instrument) => string.Join(", ", (instrument switch
    {
        "wsproto.sessions.active" or "wsproto.handshakes.failed" => ["wsproto.role"],
        "wsproto.sessions.closed" => ["wsproto.role", "wsproto.close.code", "wsproto.close.cause"],
        "wsproto.messages" or "wsproto.payload" => ["wsproto.direction"],
        "wsproto.messages.dropped" => [],
        "wsproto.server.sessions.active" => ["http.route", "network.protocol.version"],
        "wsproto.server.session.duration" => ["http.route", "network.protocol.version", "wsproto.close.cause"],
        "wsproto.server.refusals" => ["http.route", "http.response.status_code"],
        "wsproto.socketio.sessions.active" => ["wsproto.socketio.transport"],
        "wsproto.socketio.sessions.ended" => ["wsproto.socketio.reason"],
        "wsproto.socketio.sockets.active" => ["wsproto.socketio.namespace"],
        "wsproto.socketio.events" => ["wsproto.socketio.namespace", "wsproto.socketio.direction"],
        "wsproto.socketio.refusals" => ["error.type"],
        "wsproto.socketio.backplane.received" => ["wsproto.socketio.outcome"],
        "wsproto.socketio.backplane.published" or "wsproto.socketio.backplane.lost" => [],
        "wsproto.socketio.backplane.restarts" or "wsproto.socketio.backplane.servers" => (string[])[],
        _ => throw new ArgumentException($"The tags of '{instrument}' are not written down.", nameof(instrument)),
    }).Select(tag => $"`{tag}`"));

    [GeneratedRegex(
        """Create(?<kind>UpDownCounter|Counter|Histogram)<\w+>\(\s*"(?<name>[^"]+)",\s*"(?<unit>[^"]+)",\s*"(?<what>[^"]+)"\)""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Instrument();
}
