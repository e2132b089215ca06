using System;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace WsProto.EngineIO;

/// <summary>The data of the packet with which a server opens a session (Engine.IO protocol v4, "Handshake").</summary>
/// <param name="SessionId">The id of the session. Keep it secret: anybody who knows it can send and receive in the session.</param>
/// <param name="PingInterval">The time between two pings of the server.</param>
/// <param name="PingTimeout">How long the server waits for a pong.</param>
/// <param name="MaxPayload">
/// The maximum size in bytes of a POST or a WebSocket message; null if the server did not announce it, as servers before 2022.
/// </param>
/// <param name="OffersWebSocket">Whether a session that polls can upgrade to a WebSocket.</param>
public sealed record EngineIOOpening(
    string SessionId, TimeSpan PingInterval, TimeSpan PingTimeout, int? MaxPayload, bool OffersWebSocket)
{
    /// <summary>Reads the data of an open packet. Returns false if it is not valid.</summary>
    internal static bool TryRead(ReadOnlyMemory<byte> data, [NotNullWhen(true)] out EngineIOOpening? opening)
    {
        opening = null;
        if (ServerJson.Read(data) is not { } json
            || ServerJson.Text(json, "sid") is not { Length: > 0 } id
            || Milliseconds(json, "pingInterval") is not { } interval
            || Milliseconds(json, "pingTimeout") is not { } timeout)
        {
            return false;
        }

        int? maxPayload = ServerJson.Number(json, "maxPayload") is > 0 and var size ? size : null;
        opening = new(id, interval, timeout, maxPayload, Offers(json));
        return true;
    }

    private static TimeSpan? Milliseconds(JsonElement json, string name) =>
        ServerJson.Number(json, name) is >= 0 and var number ? TimeSpan.FromMilliseconds(number) : null;

    private static bool Offers(JsonElement json)
    {
        if (ServerJson.Member(json, "upgrades") is not { ValueKind: JsonValueKind.Array } upgrades)
            return false;
        foreach (JsonElement upgrade in upgrades.EnumerateArray())
        {
            if (ServerJson.Text(upgrade) == EngineIORequest.WebSocket)
                return true;
        }

        return false;
    }
}
