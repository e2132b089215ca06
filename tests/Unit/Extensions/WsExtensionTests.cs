using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Extensions;

/// <summary>What an extension does that overrides nothing; and the small types around it.</summary>
[Trait("RFC", "6455 §9")]
public class WsExtensionTests
{
    private static readonly FrameHeader _header = new(IsFinal: true, ReservedBits.None, Opcode.Text, 3);

    [Fact]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_offer")]
    public void Offer_is_the_bare_name_or_what_the_extension_says()
    {
        Assert.Equal([new ExtensionElement("x")], new ScriptedExtension("x").Offer());
        ExtensionElement[] offers = [new("x", new ExtensionParameter("p")), new("x")];
        Assert.Equal(offers, new ScriptedExtension("x") { Offers = offers }.Offer());
    }

    [Fact]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_enabled")]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_accept")]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_finalize")]
    public void Extension_declines_and_refuses_by_default_so_it_is_never_in_use()
    {
        var extension = new ScriptedExtension("x");
        Assert.Null(extension.Accept(new ExtensionElement("x")));
        Assert.Null(extension.Confirm(new ExtensionElement("x")));
    }

    [Fact]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_frame_inbound_header")]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_frame_inbound_payload_data")]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_frame_inbound_complete")]
    public void Received_frames_pass_unchanged_by_default()
    {
        var extension = new ScriptedCodec("x");
        Assert.Equal(ReservedBits.None, extension.ReservedBits);
        Assert.Equal(ExtensionResult.Done, extension.ReceiveHeader(_header));
        var output = new ArrayBufferWriter<byte>();
        ReadOnlySpan<byte> payload = [1, 2, 3];
        Assert.Equal(ExtensionResult.Done, extension.ReceivePayload(ref payload, frameFinished: false, output));
        Assert.True(payload.IsEmpty);
        Assert.Equal(ExtensionResult.Done, extension.ReceivePayload(ref payload, frameFinished: true, output));
        Assert.Equal([1, 2, 3], output.WrittenSpan.ToArray());
        extension.EndReceiving();
    }

    [Fact]
    [Trait("wsproto", "test_extensions.py::TestExtension::test_frame_outbound")]
    public void Sent_frames_pass_unchanged_by_default()
    {
        var extension = new ScriptedCodec("x");
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(ReservedBits.None, extension.SendPayload(_header, compress: true, [1, 2, 3], output));
        Assert.Equal([1, 2, 3], output.WrittenSpan.ToArray());
        extension.ReleaseIdle();
        extension.EndSending();
    }

    [Fact]
    public void Template_and_codec_are_printed_as_in_the_header()
    {
        Assert.Equal("x", new ScriptedExtension("x").ToString());
        Assert.Equal("x; p, x", new ScriptedExtension("x") { Offers = [new("x", new ExtensionParameter("p")), new("x")] }.ToString());
        Assert.Equal("x", new ScriptedExtension("x") { Offers = [] }.ToString());
        Assert.Equal("x; p=1", new ScriptedCodec(new ExtensionElement("x", new ExtensionParameter("p", "1"))).ToString());
        Assert.Equal("permessage-deflate; client_max_window_bits", new PerMessageDeflate().ToString());
    }

    [Fact]
    public void Null_is_refused_as_an_argument()
    {
        var extension = new ScriptedCodec("x");
        Assert.Throws<ArgumentNullException>(() => new ScriptedCodec((ExtensionElement)null!));
        Assert.Throws<ArgumentNullException>(() =>
        {
            ReadOnlySpan<byte> payload = [];
            extension.ReceivePayload(ref payload, frameFinished: true, null!);
        });
        Assert.Throws<ArgumentNullException>(() => extension.SendPayload(_header, null, [], null!));
        Assert.Throws<ArgumentNullException>(() => new ScriptedExtension(null!));
        Assert.Throws<ArgumentNullException>(() => new ExtensionElement(null!));
        Assert.Throws<ArgumentNullException>(() => new ExtensionElement("x", new ExtensionParameter(null!)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("a;b")]
    [InlineData("a=b")]
    [InlineData("\"a\"")]
    [InlineData("a\r\nb")]
    [InlineData("é")]
    [Trait("Register", "S31")]
    public void Name_or_parameter_that_is_no_token__is_refused(string text)
    {
        Assert.Throws<ArgumentException>(() => new ScriptedExtension(text));
        Assert.Throws<ArgumentException>(() => new ExtensionElement(text));
        Assert.Throws<ArgumentException>(() => new ExtensionElement("x", new ExtensionParameter(text)));
        Assert.Throws<ArgumentException>(() => new ExtensionElement("x", new ExtensionParameter("p", text)));
    }

    [Fact]
    public void Offers_are_equal_by_content_and_read_as_in_the_header()
    {
        ExtensionElement[] Variants() =>
        [
            new("x"), new("X"), new("y"), new("x", new ExtensionParameter("p")), new("x", new ExtensionParameter("p", "1")),
            new("x", new ExtensionParameter("q", "1")),
            new("x", new ExtensionParameter("p"), new ExtensionParameter("p")),
            new("x", new ExtensionParameter("p"), new ExtensionParameter("q", "2")),
            new("x", new ExtensionParameter("q", "2"), new ExtensionParameter("p")),
        ];
        ExtensionElement[] left = Variants();
        ExtensionElement[] right = Variants();
        for (int i = 0; i < left.Length; i++)
        {
            Assert.Equal(left[i].GetHashCode(), right[i].GetHashCode());
            for (int j = 0; j < right.Length; j++)
                Assert.Equal(i == j, left[i].Equals((object)right[j]));
            Assert.False(left[i].Equals(null));
            Assert.False(left[i].Equals("x"));
        }

        Assert.Equal("x", left[0].ToString());
        Assert.Equal("x; p; q=2", left[7].ToString());
        Assert.Equal([new ExtensionParameter("p"), new ExtensionParameter("q", "2")], left[7].Parameters);
    }

    [Fact]
    public void Failures_have_the_code_that_was_given() =>
        Assert.Equal(
            (CloseCode.PolicyViolation, false),
            (ExtensionResult.Failed(CloseCode.PolicyViolation).Failure, ExtensionResult.Failed(CloseCode.PolicyViolation).IsMore));

    [Fact]
    public void Results_other_than_failures_have_no_code()
    {
        Assert.Equal((null, false), (ExtensionResult.Done.Failure, ExtensionResult.Done.IsMore));
        Assert.Equal((null, true), (ExtensionResult.More.Failure, ExtensionResult.More.IsMore));
    }
}
