// The frames of one direction. The walker says where each begins and ends; the core judges the same octets, undoes masks and compression,
// and says what breaks the protocol. Where the core cannot follow, as octets are not there, frames are shown by their heads alone.

using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace WsProto.Cli.Decode;

/// <param name="sender">Who sends them.</param>
/// <param name="judge">The end of the connection that receives them; null where none can follow.</param>
/// <param name="whyNot">Why none can, for people.</param>
/// <param name="shown">How much of each payload is shown.</param>
/// <param name="emit">Takes what was found.</param>
internal sealed class FrameDecoder(Side sender, WsConnection? judge, string whyNot, int shown, Action<DecodedRow> emit) : IDisposable
{
    private const string AfterClose = "a frame after the Close (RFC 6455 §5.5.1)";

    private readonly FrameWalker _frame = new(shown);
    private readonly Message _message = new();
    private readonly Sample _inflated = new(shown);
    private WsConnection? _judge = judge;
    private string _whyNot = whyNot;
    private string? _violation;
    private long _ticks;
    private bool _isShown;
    private bool _isLost;
    private bool _saidAfterClose;
    private bool _isClosed;
    private bool _hasShownClose;
    private long _lost;

    /// <summary>Whether a Close was sent.</summary>
    public bool HasClosed => _isClosed || _hasShownClose;

    private string Lost => string.Create(CultureInfo.InvariantCulture, $"{_lost} octets are not shown");

    /// <summary>Whether octets are whole frames as this side sends them: a guess where the beginning is not known.</summary>
    public static bool AreFrames(ReadOnlySpan<byte> octets, bool isMasked)
    {
        var frame = new FrameWalker(0);
        while (!octets.IsEmpty)
        {
            octets = octets[frame.Take(octets)..];
            int form = frame.Header.Length - 2 - (frame.IsMasked ? 4 : 0);
            bool isShortest = form switch { 0 => true, 2 => frame.Length > 125, _ => frame.Length > ushort.MaxValue };
            bool isKnown = frame.IsControl
                ? frame.Opcode <= 10 && frame.IsFinal && frame.Length <= 125 && !frame.HasRsv1
                // Zeros, as files are full of them, are empty frames that are not final.
                : frame.Opcode <= 2 && (frame.IsFinal || frame.Length > 0);
            bool isFrame = frame.IsFinished && isShortest && isKnown && frame.IsMasked == isMasked && (frame.Header[0] & 0x30) == 0;
            if (!isFrame)
                return false;
        }

        return true;
    }

    /// <summary>Takes octets.</summary>
    public void Add(ReadOnlySpan<byte> octets, long ticks)
    {
        if (_isLost && !FindAgain(octets, ticks))
            return;
        while (!octets.IsEmpty)
        {
            if (_frame.IsBetweenFrames)
                BeginFrame();
            int taken = _frame.Take(octets);
            _violation ??= Judge(octets[..taken]);
            octets = octets[taken..];
            if (!_frame.HasHeader)
                continue;
            if (_violation is not null || _frame.IsFinished)
                Show(ticks);
            ShowViolation(ticks);
            if (_frame.IsFinished)
                EndFrame();
        }
    }

    /// <summary>Goes on behind octets that are not there.</summary>
    public void Gap(long count, long ticks)
    {
        if (_isLost)
        {
            _lost += count;
            return;
        }

        string missing = string.Create(CultureInfo.InvariantCulture, $"{count} octets are not in the capture");
        EndJudging("octets are missing before");
        if (!_frame.IsFinished && _frame.CanSkip(count))
        {
            emit(new DecodedRow(sender, ticks, "gap") { Text = missing, Note = "within the payload of the next frame" });
            _frame.Skip(count);
            if (_frame.IsFinished)
            {
                Show(ticks);
                EndFrame();
            }

            return;
        }

        if (!_frame.IsBetweenFrames && _frame.HasHeader)
            Show(ticks);
        emit(new DecodedRow(sender, ticks, "gap") { Text = missing, Note = "where the next frame begins is not known" });
        _isLost = true;
        _message.IsKnown = false;
        _frame.Reset();
    }

    /// <summary>The octets that follow may be within a frame.</summary>
    public void Lose() => _isLost = true;

    /// <summary>Shows what is unfinished.</summary>
    public void Finish(long ticks)
    {
        if (!_frame.IsBetweenFrames && _frame.HasHeader)
            Show(ticks);
        ShowViolation(ticks);
        if (_lost > 0)
            emit(new DecodedRow(sender, ticks, "lost") { Text = Lost });
        _lost = 0;
    }

    public void Dispose() => EndJudging("");

    private bool FindAgain(ReadOnlySpan<byte> octets, long ticks)
    {
        if (!AreFrames(octets, sender == Side.Client))
        {
            _lost += octets.Length;
            return false;
        }

        emit(new DecodedRow(sender, ticks, "found") { Text = "frames seem to begin here", Note = _lost > 0 ? Lost : "" });
        _isLost = false;
        _lost = 0;
        return true;
    }

    private void BeginFrame()
    {
        _isShown = false;
        _inflated.Clear();
    }

    /// <summary>Shows the octets to the core.</summary>
    /// <returns>What they break; null for nothing.</returns>
    private string? Judge(ReadOnlySpan<byte> octets)
    {
        if (_isClosed && !_saidAfterClose)
        {
            _saidAfterClose = true;
            EndJudging("");
            return AfterClose;
        }

        if (_judge is null)
            return null;
        _judge.Receive(octets);
        while (_judge.TryReadFrame(out Frame frame))
        {
            if (frame.Opcode.IsControl)
            {
                _isClosed |= frame.Opcode == Opcode.Close;
                continue;
            }

            _inflated.Add(frame.Payload);
            _message.Length += (ulong)frame.Payload.Length;
        }

        if (!_judge.TryReadEvent(out WsEvent? e) || e is not CloseConnection { Error: { } error } failure)
            return null;
        EndJudging("the protocol is broken");
        return $"{failure.Reason} ({RuleSections.Of(error)})";
    }

    private void EndJudging(string whyNot)
    {
        _judge?.Dispose();
        if (_judge is not null)
            _whyNot = whyNot;
        _judge = null;
    }

    private void Show(long ticks)
    {
        if (_isShown)
            return;
        _isShown = true;
        _ticks = ticks;
        if (!_frame.IsControl && _frame.Opcode != 0)
            _message.Begin(_frame);
        string unfinished = _frame.IsFinished
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{_frame.Taken} of {_frame.Length} octets of the payload");
        bool isCompressed = !_frame.IsControl && _message.IsCompressed;
        bool isInflated = isCompressed && _judge is not null;
        emit(new DecodedRow(sender, ticks, _frame.Name)
        {
            Flags = _frame.Flags,
            Mask = Convert.ToHexStringLower(_frame.Key),
            Length = _frame.Length,
            Inflated = isInflated ? _inflated.Length : null,
            Text = isInflated ? _inflated.Text(_message.IsText) : isCompressed ? "" : Payload(),
            Note = unfinished.Length > 0 ? unfinished
                : isCompressed && !isInflated ? $"compressed, and not inflated: {_whyNot}"
                : !_frame.IsControl && !_message.IsKnown ? "of a message whose beginning is not known" : "",
        });
    }

    private void EndFrame()
    {
        _hasShownClose |= _frame.Opcode == (int)Opcode.Close;
        if (_frame.IsControl)
            return;
        _message.Frames++;
        if (!_frame.IsFinal)
            return;
        if (_message is { Frames: > 1, IsKnown: true } && _judge is not null)
        {
            string kind = _message.IsText ? "text" : "binary";
            string text = string.Create(CultureInfo.InvariantCulture, $"{kind} in {_message.Frames} frames");
            emit(new DecodedRow(sender, _ticks, "message") { Length = _message.Length, Text = text });
        }

        _message.End();
    }

    private void ShowViolation(long ticks)
    {
        if (_violation is not null)
            emit(new DecodedRow(sender, ticks, "violation") { Text = _violation });
        _violation = null;
    }

    private string Payload()
    {
        ReadOnlySpan<byte> seen = _frame.Sample;
        string more = (ulong)seen.Length < _frame.Length ? "…" : "";
        if (_frame.Opcode == 8 && seen.Length >= 2)
        {
            string reason = Encoding.UTF8.GetString(seen[2..]);
            return string.Create(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(seen)} {reason}").TrimEnd();
        }

        if (!_frame.IsControl && !_message.IsKnown)
            return "";
        bool isText = !_frame.IsControl && _message.IsText;
        return Sample.Show(seen, isText) + more;
    }

    /// <summary>The message that the frames of data make.</summary>
    private sealed class Message
    {
        public bool IsKnown { get; set; }

        public bool IsText { get; private set; }

        public bool IsCompressed { get; private set; }

        public int Frames { get; set; }

        /// <summary>Its length so far, as it was before compression.</summary>
        public ulong Length { get; set; }

        public void Begin(FrameWalker frame) => (IsKnown, IsText, IsCompressed) = (true, frame.Opcode == 1, frame.HasRsv1);

        public void End() => (IsKnown, IsCompressed, Frames, Length) = (false, false, 0, 0);
    }
}
