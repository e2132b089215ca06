// The words of each LocalProtocolError, in one place.

namespace WsProto;

internal static class LocalProtocolErrors
{
    /// <summary>The exception that refuses what the caller asked for.</summary>
    /// <param name="error">Why.</param>
    /// <param name="what">The event or the method, for the message; null where the error says it.</param>
    internal static LocalProtocolException Of(LocalProtocolError error, EventKind? what = null) =>
        new(what is null ? $"{Capitalize(Reason(error))}." : $"{what} cannot be sent now: {Reason(error)}.") { Error = error };

    private static string Capitalize(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Reason(LocalProtocolError error) => error switch
    {
        LocalProtocolError.Unspecified => "the state of the connection forbids it",
        LocalProtocolError.HandshakeNotFinished => "the opening handshake is not finished",
        LocalProtocolError.HandshakeFinished => "the opening handshake is finished",
        LocalProtocolError.WrongRole => "the other role sends it",
        LocalProtocolError.RequestNotRead => "the request has not been read yet",
        LocalProtocolError.RequestInvalid => "the request broke the protocol and can only be refused",
        LocalProtocolError.RequestAlreadySent => "the request was sent already",
        LocalProtocolError.RequestAlreadyReceived => "a request was received already",
        LocalProtocolError.RefusalNotBegun => "no refusal with a body was sent",
        LocalProtocolError.RefusalUnderWay => "the body of a refusal is under way",
        LocalProtocolError.BodyLengthMismatch => "the body does not have the length that its Content-Length announces",
        LocalProtocolError.SubprotocolNotOffered => "the client did not ask for this subprotocol",
        LocalProtocolError.CloseSent => "our Close was sent",
        LocalProtocolError.CloseReceived => "the peer has closed",
        LocalProtocolError.Closed => "the connection is closed",
        LocalProtocolError.MessageOpen => "another message is open",
        LocalProtocolError.SendFailed => "an earlier send failed half way",
        LocalProtocolError.ExtensionFailed => "an extension failed while sending, and only a Close can follow",
        LocalProtocolError.PayloadsTransformed => "only a server without extensions sends payloads as they are",
        LocalProtocolError.NotSendable => "it says what was read",
    };
}
