using System;
using System.Globalization;

namespace WsProto.Cli.Dialing;

/// <summary>The parameters of an offer of compression (RFC 7692 §7.1), with commas or semicolons between them.</summary>
internal static class DeflateParameters
{
    /// <summary>Reads them.</summary>
    /// <param name="text">Blank for none.</param>
    /// <exception cref="CliException">One is none.</exception>
    public static PerMessageDeflate Read(string text)
    {
        (bool Server, bool Client) forgets = (false, false);
        (int Server, int Client) bits = (15, 15);
        foreach (string parameter in text.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = parameter.Split('=', 2);
            string? value = parts.Length > 1 ? parts[1] : null;
            switch (parts[0], value)
            {
                case ("server_no_context_takeover", null):
                    forgets.Server = true;
                    break;
                case ("client_no_context_takeover", null):
                    forgets.Client = true;
                    break;
                case ("server_max_window_bits", not null):
                    bits.Server = Bits(parameter, value);
                    break;
                case ("client_max_window_bits", not null):
                    bits.Client = Bits(parameter, value);
                    break;
                default:
                    throw Refuse(parameter);
            }
        }

        return new PerMessageDeflate
        {
            ServerNoContextTakeover = forgets.Server,
            ClientNoContextTakeover = forgets.Client,
            ServerMaxWindowBits = bits.Server,
            ClientMaxWindowBits = bits.Client,
        };
    }

    private static int Bits(string parameter, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits is >= 9 and <= 15
            ? bits
            : throw Refuse(parameter);

    private static CliException Refuse(string parameter) => new(
        ExitCode.Usage,
        $"{parameter} is no parameter of compression: server_no_context_takeover, client_no_context_takeover, "
        + "server_max_window_bits=9 to 15, client_max_window_bits=9 to 15.");
}
