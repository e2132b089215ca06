namespace WsProto.Cli.Decode;

/// <summary>The section of the standard that each violation breaks, as the core documents it.</summary>
internal static class RuleSections
{
    public static string Of(ProtocolError error) => error switch
    {
        ProtocolError.ReservedOpcode or ProtocolError.ReservedBitSet => "RFC 6455 §5.2",
        ProtocolError.FragmentedControlFrame or ProtocolError.ControlFrameTooLong => "RFC 6455 §5.5",
        ProtocolError.UnexpectedContinuation or ProtocolError.ContinuationExpected => "RFC 6455 §5.4",
        ProtocolError.MaskedServerFrame or ProtocolError.UnmaskedClientFrame => "RFC 6455 §5.1",
        ProtocolError.NonMinimalLength or ProtocolError.LengthOutOfRange => "RFC 6455 §5.2",
        ProtocolError.FrameTooBig or ProtocolError.MessageTooBig => "RFC 6455 §7.4.1",
        ProtocolError.TooManyFragments => "RFC 6455 §10.4",
        ProtocolError.InvalidUtf8 => "RFC 6455 §8.1",
        ProtocolError.InvalidClosePayload or ProtocolError.InvalidCloseReason => "RFC 6455 §5.5.1",
        ProtocolError.InvalidCloseCode => "RFC 6455 §7.4",
        // permessage-deflate is the only extension that is undone here.
        ProtocolError.ExtensionFailed => "RFC 7692 §7.2.2",
        ProtocolError.MalformedHead => "RFC 9112 §2",
        ProtocolError.HeadTooLarge or ProtocolError.HeaderLineTooLong => "RFC 6585 §5",
        ProtocolError.TooManyHeaders or ProtocolError.TooManyHeaderElements => "RFC 6585 §5",
        ProtocolError.StartLineTooLong => "RFC 9110 §15.5.15",
        ProtocolError.UnsupportedHttpVersion => "RFC 6455 §4.1",
        ProtocolError.MissingConnectionUpgrade or ProtocolError.MissingUpgradeWebSocket => "RFC 6455 §4.1",
        ProtocolError.MalformedExtensions => "RFC 6455 §9.1",
        ProtocolError.HandshakeIncomplete => "RFC 6455 §4.1",
        ProtocolError.MethodNotGet or ProtocolError.InvalidTarget => "RFC 6455 §4.2.1",
        ProtocolError.InvalidHost or ProtocolError.MissingVersion or ProtocolError.InvalidKey => "RFC 6455 §4.2.1",
        ProtocolError.UnsupportedVersion => "RFC 6455 §4.2.2",
        ProtocolError.RequestBody or ProtocolError.InvalidSubprotocols or ProtocolError.TooMuchEarlyData => "RFC 6455 §4.1",
        ProtocolError.MethodNotConnect or ProtocolError.UnsupportedProtocol or ProtocolError.InvalidScheme => "RFC 8441 §4",
        ProtocolError.InvalidAccept or ProtocolError.UnrequestedSubprotocol or ProtocolError.UnofferedExtension => "RFC 6455 §4.1",
        ProtocolError.InvalidExtensionParameters => "RFC 6455 §9.1",
        ProtocolError.SwitchingProtocolsBody => "RFC 9110 §8.6",
        ProtocolError.TooManyInformationalResponses => "RFC 9110 §15.2",
        ProtocolError.MalformedRejectBody or ProtocolError.RejectBodyTooLarge => "RFC 9112 §6",
    };
}
