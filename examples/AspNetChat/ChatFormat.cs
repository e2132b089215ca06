// What is said on the wire. Text messages are JSON objects with a "type". A picture is a binary message: its JSON, a line feed, its bytes.

using System.Text.Json;
using System.Text.Json.Serialization;
using WsProto;

namespace AspNetChat;

/// <summary>What a page sends.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Say), "say")]
[JsonDerivedType(typeof(Picture), "picture")]
[JsonDerivedType(typeof(Typing), "typing")]
[JsonDerivedType(typeof(RoundTrip), "ping")]
internal abstract record FromPage;

/// <summary>A text for the room. The page made the key: a message that is sent again after a lost connection is told by it.</summary>
internal sealed record Say(string Key, string Text) : FromPage;

/// <summary>A picture for the room; the bytes follow.</summary>
internal sealed record Picture(string Key, string Mime) : FromPage
{
    [JsonIgnore]
    internal ReadOnlyMemory<byte> Data { get; init; }
}

/// <summary>Somebody writes.</summary>
internal sealed record Typing : FromPage;

/// <summary>Comes back as it is, so that the page can measure: a browser does not let it send a Ping.</summary>
internal sealed record RoundTrip(double At) : FromPage;

/// <summary>What a page gets.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Welcome), "welcome")]
[JsonDerivedType(typeof(Said), "said")]
[JsonDerivedType(typeof(Shown), "shown")]
[JsonDerivedType(typeof(People), "people")]
[JsonDerivedType(typeof(Types), "typing")]
[JsonDerivedType(typeof(RoundTripEnd), "pong")]
internal abstract record ToPage;

/// <summary>The first message. Numbers of messages count within an epoch, which is the life of a room.</summary>
internal sealed record Welcome(string Epoch, string Carrier, bool Compressed, IEnumerable<string> Names) : ToPage;

internal sealed record Said(long Id, string Key, string From, long At, string Text) : ToPage;

internal sealed record Shown(long Id, string Key, string From, long At, string Mime) : ToPage;

/// <summary>Who is there now, and who came or left.</summary>
internal sealed record People(IEnumerable<string> Names, string? Came, string? Left) : ToPage;

internal sealed record Types(string From) : ToPage;

internal sealed record RoundTripEnd(double At) : ToPage;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(FromPage))]
[JsonSerializable(typeof(ToPage))]
internal sealed partial class ChatJson : JsonSerializerContext;

internal static class ChatFormat
{
    private const int MaxTextLength = 4000;
    private const int MaxKeyLength = 40;

    private static readonly string[] _pictures = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <exception cref="JsonException">It is no message of the chat.</exception>
    internal static FromPage Read(Message message)
    {
        FromPage read = message switch
        {
            TextMessage text => JsonSerializer.Deserialize(text.Data, ChatJson.Default.FromPage) ?? throw new JsonException(),
            BytesMessage bytes => ReadPicture(bytes.Data),
            _ => throw new JsonException(),
        };
        bool isValid = read switch
        {
            Say say => say.Key.Length is > 0 and <= MaxKeyLength && say.Text.Length is > 0 and <= MaxTextLength,
            Picture picture => picture.Key.Length is > 0 and <= MaxKeyLength && _pictures.Contains(picture.Mime) && !picture.Data.IsEmpty,
            _ => true,
        };
        return isValid ? read : throw new JsonException();
    }

    internal static PreparedMessage Write(ToPage message) =>
        PreparedMessage.FromUtf8(JsonSerializer.SerializeToUtf8Bytes(message, ChatJson.Default.ToPage));

    internal static PreparedMessage Write(Shown shown, ReadOnlySpan<byte> data) =>
        PreparedMessage.FromBytes([.. JsonSerializer.SerializeToUtf8Bytes(shown, ChatJson.Default.ToPage), (byte)'\n', .. data]);

    private static Picture ReadPicture(ReadOnlyMemory<byte> data)
    {
        int end = data.Span.IndexOf((byte)'\n');
        return end >= 0 && JsonSerializer.Deserialize(data.Span[..end], ChatJson.Default.FromPage) is Picture picture
            ? picture with { Data = data[(end + 1)..] }
            : throw new JsonException();
    }
}
