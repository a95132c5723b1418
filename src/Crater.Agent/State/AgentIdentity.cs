using System.Text;
using Crater.Agent.Host;
using Crater.Journals;

namespace Crater.Agent.State;

/// <summary>
/// Who this craterd is, to those who come back: a secret of the state folder, made once. Another machine, or the same one with its memory wiped, is another craterd, and what
/// it does not know about an injection then means nothing.
/// </summary>
internal sealed class AgentIdentity
{
    private const int SecretBytes = 32;

    private readonly byte[] _secret;

    private AgentIdentity(byte[] secret) => _secret = secret;

    /// <summary>What may be told to others: 16 hexadecimal digits that do not lead back to the secret.</summary>
    public string Id => Digest("id");

    /// <exception cref="AgentException">CRT5700: the file is damaged.</exception>
    /// <exception cref="HostException">There is no room, or no permission.</exception>
    public static AgentIdentity Of(StateFolder state)
    {
        var path = Path.Combine(state.Path, "identity");
        if (!File.Exists(path))
        {
            Make(path);
        }

        var text = File.ReadAllText(path).Trim();
        return text.Length == 2 * SecretBytes && text.All(char.IsAsciiHexDigitLower) ? new AgentIdentity(Convert.FromHexString(text)) : throw new AgentException("CRT5700", ExitCodes.Host,
            $"{path} is damaged, so nobody could tell whether this craterd is the one that they injected with. When no injection is in place ('craterd recover --all'), remove the file; a new one is made.");
    }

    /// <summary>16 hexadecimal digits by which two texts can be compared here, and guessed nowhere: without the secret no list of likely texts helps.</summary>
    public string Digest(string text) => Convert.ToHexStringLower(Sha256.Keyed(_secret, Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    // Whole or not at all, and when two make it at once the first one's counts.
    private static void Make(string path)
    {
        var written = $"{path}.{Libc.GetPid()}";
        Names.Remove(written);
        using (var file = new FileStream(written, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomBytes.Get(SecretBytes))));
            file.Flush(flushToDisk: true);
        }

        try
        {
            Names.Link(written, path);
        }
        catch (HostException) when (File.Exists(path))
        {
            // Another craterd was faster.
        }
        finally
        {
            Names.Remove(written);
        }

        Names.Sync(path);
    }
}
