// The responses to HTTP requests: their status, headers and body. docs/engineio.md has the table.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Headers = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.KeyValuePair<string, string>>;

namespace WsProto.EngineIO;

internal sealed class Answers(EngineIOServerOptions options)
{
    /// <summary>Caches must not store a response: it is for one request of one client.</summary>
    private static readonly KeyValuePair<string, string> _noStore = new("Cache-Control", "no-store");

    private static readonly KeyValuePair<string, string>[] _pollHeaders = [new("Content-Type", "text/plain; charset=UTF-8"), _noStore];

    /// <summary>The content type of the reference server, which avoids a download dialog in old browsers.</summary>
    private static readonly KeyValuePair<string, string>[] _postHeaders = [new("Content-Type", "text/html"), _noStore];

    private static readonly KeyValuePair<string, string>[] _scriptHeaders =
        [new("Content-Type", Jsonp.ContentType), _noStore, new("X-Content-Type-Options", "nosniff")];

    private static readonly KeyValuePair<string, string>[] _refusalHeaders = [new("Content-Type", "application/json"), _noStore];

    private static readonly byte[] _ok = "ok"u8.ToArray();

    /// <summary>RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field".</summary>
    private static readonly KeyValuePair<string, string>[] _methodHeaders = [.. _refusalHeaders, new("Allow", "GET, POST")];

    internal AnswerRequest Poll(EngineIORequest request, ReadOnlyMemory<byte> payload, string? jsonpIndex, Headers extraHeaders)
    {
        ReadOnlyMemory<byte> body = jsonpIndex is null ? payload : Jsonp.Wrap(jsonpIndex, payload.Span);
        return new(request, 200, WithCors(request, jsonpIndex is null ? _pollHeaders : _scriptHeaders, extraHeaders), body)
        {
            ShouldCompress = body.Length >= options.CompressionThreshold,
        };
    }

    internal AnswerRequest Post(EngineIORequest request) => new(request, 200, WithCors(request, _postHeaders, []), _ok);

    /// <param name="request">The request.</param>
    /// <param name="error">The error. It has a status.</param>
    /// <param name="message">The message for the client; null for that of the error.</param>
    internal AnswerRequest Refusal(EngineIORequest request, EngineIOError error, string? message = null)
    {
        ErrorOutcome outcome = EngineIOErrors.Of(error);
        KeyValuePair<string, string>[] headers = error == EngineIOError.MethodNotAllowed ? _methodHeaders : _refusalHeaders;
        // By way of UTF-8, because encoding a string throws if it has half of a surrogate pair. Here that becomes U+FFFD.
        JsonEncodedText words = JsonEncodedText.Encode(Encoding.UTF8.GetBytes(message ?? outcome.Message));
        string text = string.Create(CultureInfo.InvariantCulture, $"{{\"code\":{outcome.Code},\"message\":\"{words}\"}}");
        return new(request, outcome.Status!.Value, WithCors(request, headers, []), Encoding.UTF8.GetBytes(text)) { Error = error };
    }

    /// <summary>The response to a preflight (Fetch standard, "CORS-preflight request"): what a page of another origin may send.</summary>
    internal static AnswerRequest Preflight(EngineIORequest request, EngineIOCorsOptions cors)
    {
        List<KeyValuePair<string, string>> headers = [_noStore];
        AddOrigin(headers, request.AllowedOrigin!, cors);
        headers.Add(new("Access-Control-Allow-Methods", "GET, POST"));
        string? allowed = cors.AllowedHeaders is { } names ? string.Join(", ", names) : request.Header("Access-Control-Request-Headers");
        if (allowed is not null)
            headers.Add(new("Access-Control-Allow-Headers", allowed));
        if (cors.MaxAge is { } age)
            headers.Add(new("Access-Control-Max-Age", ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture)));
        return new(request, 204, headers, default);
    }

    private Headers WithCors(EngineIORequest request, KeyValuePair<string, string>[] headers, Headers extraHeaders)
    {
        if (options.Cors is not { } cors || request.AllowedOrigin is not { } origin)
            return extraHeaders.Count == 0 ? headers : [.. headers, .. extraHeaders];
        List<KeyValuePair<string, string>> all = [.. headers, .. extraHeaders];
        AddOrigin(all, origin, cors);
        if (cors.ExposedHeaders.Count > 0)
            all.Add(new("Access-Control-Expose-Headers", string.Join(", ", cors.ExposedHeaders)));
        return all;
    }

    private static void AddOrigin(List<KeyValuePair<string, string>> headers, string origin, EngineIOCorsOptions cors)
    {
        headers.Add(new("Access-Control-Allow-Origin", origin));
        if (origin != "*")
            headers.Add(new("Vary", "Origin"));
        if (cors.AllowCredentials)
            headers.Add(new("Access-Control-Allow-Credentials", "true"));
    }
}
