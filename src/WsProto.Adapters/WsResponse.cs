using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Extensions;

namespace WsProto.Adapters;

/// <summary>What a server says to a request for a WebSocket: yes or no. It is checked when it is made.</summary>
public sealed class WsResponse
{
    /// <summary>A request that opens a connection, on which the headers of an answer are tried.</summary>
    private static readonly HeaderList _sampleRequest =
    [
        ("Host", "h"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), ("Sec-WebSocket-Version", "13"),
    ];

    private WsResponse(AcceptConnection? acceptance, WsHttpResponse? refusal, bool choosesExtensions)
    {
        Acceptance = acceptance;
        Refusal = refusal;
        ChoosesExtensions = choosesExtensions;
    }

    /// <summary>Whether the request is accepted.</summary>
    public bool IsAccepted => Acceptance is not null;

    internal AcceptConnection? Acceptance { get; }

    /// <summary>The answer that refuses; null where it accepts.</summary>
    public WsHttpResponse? Refusal { get; }

    private bool ChoosesExtensions { get; }

    /// <summary>Accepts the request.</summary>
    /// <param name="subprotocol">
    /// One of the client's subprotocols; null for the choice of <see cref="WsAcceptOptions.Subprotocols"/>.
    /// </param>
    /// <param name="headers">More headers for the answer, such as cookies; null for none.</param>
    /// <param name="extensions">
    /// The extensions to agree to if this client offers them: empty to decline compression for it. Null for
    /// <see cref="WsAcceptOptions.Extensions"/>.
    /// </param>
    /// <exception cref="ArgumentException">A header cannot be sent, or is the handshake's own.</exception>
    public static WsResponse Accept(string? subprotocol = null, HeaderList? headers = null, IReadOnlyList<WsExtension>? extensions = null)
    {
        var acceptance = new AcceptConnection { Subprotocol = subprotocol, ExtraHeaders = headers ?? [], Extensions = extensions ?? [] };
        if (acceptance.ExtraHeaders.Count > 0)
        {
            ServerNegotiation.FromUpgrade("GET", "/", _sampleRequest)
                .Accept(new AcceptConnection { ExtraHeaders = acceptance.ExtraHeaders }, out _)
                .Dispose();
        }

        return new WsResponse(acceptance, null, choosesExtensions: extensions is not null);
    }

    /// <summary>Refuses the request.</summary>
    /// <param name="response">The answer.</param>
    public static WsResponse Reject(WsHttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return new WsResponse(null, response, choosesExtensions: false);
    }

    /// <summary>Refuses the request, without a body.</summary>
    /// <param name="statusCode">The HTTP status, 200 to 599: 401, 403, 404, 429, 503…</param>
    /// <param name="headers">More headers for the answer, such as <c>WWW-Authenticate</c> or <c>Retry-After</c>; null for none.</param>
    /// <exception cref="ArgumentException">The status or a header cannot be sent.</exception>
    public static WsResponse Reject(int statusCode, HeaderList? headers = null) => Reject(new WsHttpResponse(statusCode, headers));

    /// <summary>Refuses the request.</summary>
    /// <param name="statusCode">The HTTP status, 200 to 599, and not 204, 205 or 304, which have no body.</param>
    /// <param name="text">A body for people to read, sent in UTF-8.</param>
    /// <param name="headers">More headers for the answer; null for none.</param>
    /// <exception cref="ArgumentException">The status or a header cannot be sent.</exception>
    public static WsResponse Reject(int statusCode, string text, HeaderList? headers = null) =>
        Reject(new WsHttpResponse(statusCode, text, headers));

    /// <summary>What to send to accept a request, for adapters that negotiate by themselves (<see cref="ServerNegotiation"/>).</summary>
    /// <param name="request">The request.</param>
    /// <param name="subprotocols">
    /// What to choose from where this answer does not choose; the first of the client's that is among them.
    /// </param>
    /// <param name="extensions">What to agree to where this answer does not say.</param>
    /// <returns>Null where this refuses.</returns>
    public AcceptConnection? ToAccept(Request request, IReadOnlyList<string> subprotocols, IReadOnlyList<WsExtension> extensions)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(subprotocols);
        ArgumentNullException.ThrowIfNull(extensions);
        return CompleteWith(request.Subprotocols.FirstOrDefault(subprotocols.Contains), extensions).Acceptance;
    }

    /// <summary>The same, with what the options choose where the application did not.</summary>
    internal WsResponse CompleteWith(string? subprotocol, IReadOnlyList<WsExtension> extensions)
    {
        if (Acceptance is null)
            return this;
        AcceptConnection acceptance = Acceptance with
        {
            Subprotocol = Acceptance.Subprotocol ?? subprotocol,
            Extensions = ChoosesExtensions ? Acceptance.Extensions : extensions,
        };
        return new WsResponse(acceptance, null, choosesExtensions: true);
    }
}
