namespace WsProto.Docs.Tests.Reference;

/// <summary>What somebody who meets an error in a log should do.</summary>
internal static class ErrorAdvice
{
    private const string PeerBug = "The peer is wrong, or is no WebSocket endpoint; correct it there.";
    private const string NotWebSocket =
        "Often no WebSocket client at all, such as a browser that opens the page; `OnHttpRequest` can answer it.";
    private const string ProxyOrPeer = "Look for a proxy that does not forward the upgrade, or a peer that is no WebSocket endpoint.";
    private const string BigHead = "If the peer is trusted and its headers (cookies, tokens) are that large, raise the limit on this side.";

    public static string For(ProtocolError error) => error switch
    {
        ProtocolError.ReservedOpcode => PeerBug,
        ProtocolError.ReservedBitSet =>
            "The peer uses an extension, such as compression, that was not agreed on; check what both ends negotiated.",
        ProtocolError.FragmentedControlFrame or ProtocolError.ControlFrameTooLong => PeerBug,
        ProtocolError.UnexpectedContinuation or ProtocolError.ContinuationExpected =>
            "The peer mixes two messages; it needs one sender at a time.",
        ProtocolError.MaskedServerFrame or ProtocolError.UnmaskedClientFrame => "Both ends play the same role, or the peer skips masking.",
        ProtocolError.NonMinimalLength or ProtocolError.LengthOutOfRange => PeerBug,
        ProtocolError.FrameTooBig => "Raise `MaxFrameSize` if such frames are meant to be sent.",
        ProtocolError.MessageTooBig =>
            "Raise `MaxMessageSize`; where memory is scarce, read what is large as a stream (`MaxWholeMessageSize`) or in pieces.",
        ProtocolError.TooManyFragments => "Raise `MaxFragmentCount` if the peer streams in tiny fragments on purpose.",
        ProtocolError.InvalidUtf8 => "The peer has to send bytes as a binary message, or correct its encoding.",
        ProtocolError.InvalidClosePayload or ProtocolError.InvalidCloseCode or ProtocolError.InvalidCloseReason => PeerBug,
        ProtocolError.ExtensionFailed => "See `Exception` of the event; for permessage-deflate the peer's data is damaged.",

        ProtocolError.MalformedHead => "Look for TLS on a plain port, a port that speaks another protocol, or a peer with its own HTTP.",
        ProtocolError.HeadTooLarge or ProtocolError.HeaderLineTooLong => BigHead,
        ProtocolError.TooManyHeaders or ProtocolError.TooManyHeaderElements => BigHead,
        ProtocolError.StartLineTooLong => "Shorten the URI, or raise `MaxHeaderLineSize`.",
        ProtocolError.UnsupportedHttpVersion => "Make the proxy speak HTTP/1.1 to this server (nginx: `proxy_http_version 1.1`).",
        ProtocolError.MissingConnectionUpgrade => $"{NotWebSocket} Behind a proxy: forward `Connection` and `Upgrade`.",
        ProtocolError.MissingUpgradeWebSocket => ProxyOrPeer,
        ProtocolError.MalformedExtensions => PeerBug,
        ProtocolError.HandshakeIncomplete => "The peer left, a health check by TCP, or a handshake timeout; nothing to do if it is rare.",

        ProtocolError.MethodNotGet => NotWebSocket,
        ProtocolError.InvalidTarget or ProtocolError.InvalidHost => PeerBug,
        ProtocolError.MissingVersion or ProtocolError.InvalidKey => NotWebSocket,
        ProtocolError.UnsupportedVersion => "The client is older than RFC 6455; it has to be updated.",
        ProtocolError.RequestBody => PeerBug,
        ProtocolError.InvalidSubprotocols => "The client offers a name twice, or one with spaces or commas.",
        ProtocolError.TooMuchEarlyData => "The client must wait for the answer before it sends messages.",
        ProtocolError.MethodNotConnect or ProtocolError.UnsupportedProtocol or ProtocolError.InvalidScheme => PeerBug,

        ProtocolError.InvalidAccept => "A cache or a proxy answered in place of the server, or the server is no WebSocket server.",
        ProtocolError.UnrequestedSubprotocol => "Offer that subprotocol. For an empty header there is `AllowEmptySubprotocol`.",
        ProtocolError.UnofferedExtension => "Offer the extension, or correct the server, which must not choose one on its own.",
        ProtocolError.InvalidExtensionParameters => "Correct the server, or offer without the parameter it stumbles over.",
        ProtocolError.SwitchingProtocolsBody => ProxyOrPeer,
        ProtocolError.TooManyInformationalResponses => PeerBug,
        ProtocolError.MalformedRejectBody => "Status and headers are known all the same; correct the server.",
        ProtocolError.RejectBodyTooLarge => "What fits was delivered; raise `MaxRejectBodySize` to see more.",
    };
}
