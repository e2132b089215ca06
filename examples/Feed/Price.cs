using System.Text.Json.Serialization;

namespace Feed;

internal sealed record Price(int Number, string Symbol, decimal Value);

[JsonSerializable(typeof(Price))]
internal sealed partial class FeedJson : JsonSerializerContext;
