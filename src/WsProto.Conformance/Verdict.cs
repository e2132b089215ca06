namespace WsProto.Conformance;

/// <summary>How a peer did in a case, by our own judgement. It is stricter than that of the established suite.</summary>
public enum Verdict
{
    /// <summary>As it should.</summary>
    Ok = 0,

    /// <summary>As is allowed, and not as it should.</summary>
    Lenient = 1,

    /// <summary>There is no right and no wrong; <see cref="ConformanceResult.Reason"/> says what it did. No fault.</summary>
    Informational = 2,

    /// <summary>
    /// It did not agree to the extension that the case is about, which it need not (RFC 6455 §9.1). No fault.
    /// </summary>
    Unimplemented = 3,

    /// <summary>
    /// It refused a message for its size, with 1009, or for the number of its fragments, with 1008 or 1009 (RFC 6455 §7.4.1, §10.4). No
    /// fault. See <see cref="ConformanceOptions.MaxMessageSize"/>.
    /// </summary>
    Limit = 4,

    /// <summary>As it must not.</summary>
    Failed = 5,
}

/// <summary>How a peer did in a case, in the words of the established suite. It has one for the replies and one for the closing.</summary>
public enum SuiteVerdict
{
    /// <summary>OK.</summary>
    Ok = 0,

    /// <summary>NON-STRICT: allowed, and not the best.</summary>
    NonStrict = 1,

    /// <summary>INFORMATIONAL: the suite does not judge.</summary>
    Informational = 2,

    /// <summary>UNIMPLEMENTED: the peer did not agree to the extension.</summary>
    Unimplemented = 3,

    /// <summary>WRONG CODE, of the closing only: the Close has another code than it should.</summary>
    WrongCode = 4,

    /// <summary>UNCLEAN, of the closing only: the closing handshake was not completed.</summary>
    Unclean = 5,

    /// <summary>FAILED.</summary>
    Failed = 6,
}

/// <summary>The words that people read.</summary>
public static class VerdictNames
{
    extension(Verdict verdict)
    {
        /// <summary>The verdict in lower case, such as <c>lenient</c>.</summary>
        public string Name => verdict switch
        {
            Verdict.Ok => "ok",
            Verdict.Lenient => "lenient",
            Verdict.Informational => "informational",
            Verdict.Unimplemented => "unimplemented",
            Verdict.Limit => "limit",
            Verdict.Failed => "failed",
        };

        /// <summary>What the verdict means, in a sentence.</summary>
        public string Meaning => verdict switch
        {
            Verdict.Ok => "The peer did what it should.",
            Verdict.Lenient => "The peer did what is allowed, and not what is best.",
            Verdict.Informational => "There is no right and no wrong here; the result says what the peer did. This is no fault.",
            Verdict.Unimplemented => "The peer did not agree to the extension, which it need not. This is no fault.",
            Verdict.Limit => "The peer refused a message for its size, as it may. This is no fault.",
            Verdict.Failed => "The peer did what it must not.",
        };
    }

    extension(SuiteVerdict verdict)
    {
        /// <summary>The verdict as the reports of the established suite write it, such as <c>NON-STRICT</c>.</summary>
        public string Name => verdict switch
        {
            SuiteVerdict.Ok => "OK",
            SuiteVerdict.NonStrict => "NON-STRICT",
            SuiteVerdict.Informational => "INFORMATIONAL",
            SuiteVerdict.Unimplemented => "UNIMPLEMENTED",
            SuiteVerdict.WrongCode => "WRONG CODE",
            SuiteVerdict.Unclean => "UNCLEAN",
            SuiteVerdict.Failed => "FAILED",
        };
    }
}
