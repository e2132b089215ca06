using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace WsProto;

/// <summary>Text: UTF-8 on the wire (RFC 6455 §5.6, §8.1).</summary>
public sealed record TextMessage : Message
{
    /// <summary>Makes a message that is set with an initializer.</summary>
    public TextMessage()
    {
    }

    /// <summary>Makes a message.</summary>
    /// <param name="data">See <see cref="Data"/>.</param>
    [SetsRequiredMembers]
    public TextMessage(string data) => Data = data;

    /// <summary>The text. Received text never cuts a character; text to send may not hold a lone surrogate.</summary>
    public required string Data { get; init; }

    internal override EventKind Kind => EventKind.TextMessage;

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Data = ").AppendText(Data);
        AppendFlags(builder);
        return true;
    }
}
