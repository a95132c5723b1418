using System.Security.Cryptography;
using System.Text;

namespace Crater.Agent.Serving;

/// <summary>The bearer token: the one line of a file that nobody else can read. What is kept of it is a hash.</summary>
internal sealed class TokenFile
{
    /// <summary>What can be guessed within a year at the rate at which refusals are answered is far shorter.</summary>
    private const int LengthMin = 16;

    private const string Scheme = "Bearer ";

    private readonly byte[] _hash;

    private TokenFile(string token) => _hash = Hash(token);

    /// <exception cref="AgentException">CRT5658: others can read it, it is somebody else's, or it holds no token.</exception>
    public static TokenFile Read(string path)
    {
        if (PrivateFile.Complaint(path) is { } wrong)
        {
            throw Bad(path, wrong);
        }

        var token = File.ReadAllText(path).Trim();
        return token.Length >= LengthMin && token.All(letter => letter is > ' ' and < '\u007f')
            ? new TokenFile(token)
            : throw Bad(path, $"holds no token of at least {LengthMin} letters without spaces");
    }

    /// <summary>Takes the same time whatever is different, and however long it is.</summary>
    public bool Accepts(string? authorization) =>
        authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..].Trim()), _hash);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static AgentException Bad(string path, string why) => new("CRT5658", ExitCodes.Usage,
        $"The token file {path} {why}. Make one that is yours alone: (umask 077; head -c 32 /dev/urandom | base64 > FILE).");
}
