using System.Security.Cryptography;
using System.Text;
using Crater.Agent.Host;
using Crater.Journals;

namespace Crater.Agent.Serving;

/// <summary>
/// The bearer token: the one line of a file that nobody else can read. It is read again for every request, so that another token counts from the moment on that it stands there, and a file that was removed
/// or opened to others lets nobody in. Nothing of it is kept.
/// </summary>
internal sealed class TokenFile
{
    /// <summary>What can be guessed within a year at the rate at which refusals are answered is far shorter.</summary>
    private const int LengthMin = 16;

    private const string Scheme = "Bearer ";

    /// <summary>A longer file is none of these.</summary>
    private const int LengthMax = 4096;

    private readonly string _path;

    private TokenFile(string path) => _path = path;

    /// <exception cref="AgentException">CRT5658: others can read it, it is somebody else's, or it holds no token.</exception>
    public static TokenFile Open(string path)
    {
        var file = new TokenFile(Path.GetFullPath(path));
        _ = file.Token();
        return file;
    }

    /// <summary>Takes the same time whatever is different, and however long it is.</summary>
    public bool Accepts(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            return CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..].Trim()), Hash(Token()));
        }
        catch (AgentException)
        {
            return false;
        }
    }

    /// <summary>Why nobody is let in now; null while somebody can be.</summary>
    public string? Complaint()
    {
        try
        {
            _ = Token();
            return null;
        }
        catch (AgentException e)
        {
            return $"{e.Code}: {e.Message}";
        }
    }

    private string Token()
    {
        try
        {
            var wrong = PrivateFile.Complaint(_path);
            var token = wrong is null && new FileInfo(_path).Length <= LengthMax ? File.ReadAllText(_path).Trim() : "";
            return token.Length >= LengthMin && token.All(letter => letter is > ' ' and < '\u007f') ? token : throw Bad(wrong ?? $"holds no token of at least {LengthMin} letters without spaces");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostException)
        {
            throw Bad($"cannot be read ({e.Message})");
        }
    }

    private static byte[] Hash(string token) => Sha256.Of(Encoding.UTF8.GetBytes(token));

    private AgentException Bad(string why) => new("CRT5658", ExitCodes.Usage,
        $"The token file {_path} {why}. Make one that is yours alone: (umask 077; head -c 32 /dev/urandom | base64 > FILE).");
}
