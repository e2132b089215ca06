namespace WsProto.Conformance;

/// <summary>Which end is judged. The judge is the other one.</summary>
internal enum PeerRole
{
    Server,
    Client,
}
