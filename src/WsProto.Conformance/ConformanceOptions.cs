using System;
using System.Collections.Generic;
using System.Net.Security;

namespace WsProto.Conformance;

/// <summary>How cases are run.</summary>
public sealed record ConformanceOptions
{
    private readonly int _parallelism = 8;
    private readonly TimeSpan _caseLimit = TimeSpan.FromSeconds(60);
    private readonly TimeSpan _silence = TimeSpan.FromSeconds(5);
    private readonly long? _maxMessageSize;

    /// <summary>How many cases run at a time, each on a connection of its own. 8 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int Parallelism
    {
        get => _parallelism;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _parallelism = value;
        }
    }

    /// <summary>How long a whole case may take. 60 s by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public TimeSpan CaseLimit
    {
        get => _caseLimit;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _caseLimit = value;
        }
    }

    /// <summary>How long nothing at all may come where something has to. 5 s by default. A peer that behaves is not waited for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public TimeSpan Silence
    {
        get => _silence;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _silence = value;
        }
    }

    /// <summary>
    /// The size in bytes up to which the peer takes messages, as it declares. A larger one may be refused with 1009, one up to here may
    /// not. Null, the default, where the peer declares nothing: any message of more than 125 bytes may be refused so.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public long? MaxMessageSize
    {
        get => _maxMessageSize;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            _maxMessageSize = value;
        }
    }

    /// <summary>Which version of HTTP carries the connections to a server. HTTP/1.1 by default.</summary>
    public ConformanceCarrier Carrier { get; init; }

    /// <summary>Header fields for the opening request, such as Authorization. None by default.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Judges the certificate of a server over TLS. Null, the default, leaves that to the system.</summary>
    public RemoteCertificateValidationCallback? CertificateValidation { get; init; }
}

/// <summary>What carries a WebSocket.</summary>
public enum ConformanceCarrier
{
    /// <summary>An upgrade of HTTP/1.1 (RFC 6455 §4).</summary>
    Http1 = 0,

    /// <summary>An extended CONNECT of HTTP/2 (RFC 8441), for which the server must take HTTP/2 at once, or by ALPN over TLS.</summary>
    Http2 = 1,
}
