using System;

namespace WsProto;

/// <summary>
/// What a peer did wrong, with the numbers that its message needs. <see cref="ProtocolErrors"/> turns it into texts and codes.
/// </summary>
/// <param name="Error">What exactly.</param>
/// <param name="Found">The offending number: an opcode, a length in bytes, a count.</param>
/// <param name="Allowed">The limit that was passed, if there is one.</param>
/// <param name="Code">The close code that an extension asked for; null lets the error decide.</param>
/// <param name="Exception">What an extension threw; null if it did not.</param>
internal readonly record struct Violation(
    ProtocolError Error, long Found = 0, long Allowed = 0, CloseCode? Code = null, Exception? Exception = null);
