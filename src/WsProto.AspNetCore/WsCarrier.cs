using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace WsProto.AspNetCore;

/// <summary>How a request asks for a WebSocket: with an upgrade of HTTP/1.1, or with an extended CONNECT of HTTP/2 or HTTP/3.</summary>
internal abstract class WsCarrier
{
    protected WsCarrier(HttpContext context, ServerNegotiation negotiation)
    {
        Context = context;
        Negotiation = negotiation;
        string protocol = context.Request.Protocol;
        Version = protocol.StartsWith("HTTP/", StringComparison.Ordinal) ? protocol[5..] : protocol;
    }

    internal ServerNegotiation Negotiation { get; }

    protected HttpContext Context { get; }

    /// <summary>The version of HTTP: <c>1.1</c>, <c>2</c> or <c>3</c>.</summary>
    internal string Version { get; }

    /// <summary>Whether the server can hand the connection over.</summary>
    internal abstract bool IsSupported { get; }

    internal static WsCarrier Of(HttpContext context, WsConnectionOptions options) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
            ? new ExtendedConnect(context, connect, options)
            : new Upgrade(context, options);

    /// <summary>Sends the head of the response and returns the stream of the connection.</summary>
    internal abstract ValueTask<Stream> AcceptAsync();

    /// <summary>Whether the field is allowed in the head of a response of this version of HTTP.</summary>
    internal abstract bool MaySend(string name);

    /// <summary>Describes the failure, with its likely cause.</summary>
    internal abstract string Describe(HandshakeFailed failure);

    internal HeaderList SendableOf(HeaderList headers)
    {
        var sendable = new List<HeaderField>();
        foreach (HeaderField field in headers)
        {
            if (MaySend(field.Name))
                sendable.Add(field);
        }

        return [.. sendable];
    }

    private static IEnumerable<HeaderField> FieldsOf(HttpContext context)
    {
        // Kestrel keeps an enumerator for as long as the request lives.
        IHeaderDictionary headers = context.Request.Headers;
        var all = new KeyValuePair<string, StringValues>[headers.Count];
        headers.CopyTo(all, 0);
        foreach ((string name, StringValues values) in all)
        {
            // ASP.NET Core lists the pseudo-header fields of HTTP/2 among the others.
            if (name.StartsWith(':'))
                continue;
            foreach (string? value in values)
                yield return new HeaderField(name, value ?? "");
        }
    }

    private static string TargetOf(HttpContext context) =>
        context.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } raw
            ? raw
            : context.Request.PathBase.ToUriComponent()
                + context.Request.Path.ToUriComponent()
                + context.Request.QueryString.ToUriComponent();

    private sealed class Upgrade(HttpContext context, WsConnectionOptions options)
        : WsCarrier(context, ServerNegotiation.FromUpgrade(context.Request.Method, TargetOf(context), [.. FieldsOf(context)], options))
    {
        internal override bool IsSupported => Context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };

        private bool IsHttp1 => Version.StartsWith('1');

        internal override async ValueTask<Stream> AcceptAsync() =>
            await Context.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync().ConfigureAwait(false);

        /// <summary>
        /// "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields" (RFC 9113 §8.2.2).
        /// </summary>
        internal override bool MaySend(string name) =>
            IsHttp1
            || !(name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase));

        internal override string Describe(HandshakeFailed failure)
        {
            if (!IsHttp1)
                return $"Over HTTP/{Version} a WebSocket is opened with an extended CONNECT (RFC 8441), "
                    + $"but the request is a {Context.Request.Method}.";
            return failure.Error is ProtocolError.MissingConnectionUpgrade or ProtocolError.MissingUpgradeWebSocket
                or ProtocolError.MissingVersion or ProtocolError.InvalidKey
                ? $"{failure.Message} This is a WebSocket endpoint; a proxy on the way may have removed the upgrade."
                : failure.Message;
        }
    }

    private sealed class ExtendedConnect(HttpContext context, IHttpExtendedConnectFeature connect, WsConnectionOptions options)
        : WsCarrier(context, ServerNegotiation.FromExtendedConnect(AllFieldsOf(context, connect), options))
    {
        internal override bool IsSupported => true;

        internal override async ValueTask<Stream> AcceptAsync() => await connect.AcceptAsync().ConfigureAwait(false);

        internal override bool MaySend(string name) => true;

        internal override string Describe(HandshakeFailed failure) => failure.Message;

        private static HeaderList AllFieldsOf(HttpContext context, IHttpExtendedConnectFeature connect) =>
        [
            (":method", context.Request.Method), (":protocol", connect.Protocol ?? ""), (":scheme", context.Request.Scheme),
            (":authority", context.Request.Host.Value ?? ""), (":path", TargetOf(context)), .. FieldsOf(context),
        ];
    }
}
