using System.Security.Cryptography;

namespace Crater.Journals;

/// <summary>SHA-256 of a file's content, lower-case hexadecimal.</summary>
internal static class ContentHash
{
    /// <value>From here on the system's own is worth its loading, which takes some ten milliseconds and four megabytes. Unit: bytes.</value>
    private const int SmallMax = 2 << 20;

    public static string Of(byte[] content)
    {
        using var stream = new MemoryStream(content, writable: false);
        return Of(stream);
    }

    /// <param name="content">From where it stands to its end; its length must be known.</param>
    public static string Of(Stream content) => Convert.ToHexStringLower(content.Length > SmallMax ? SHA256.HashData(content) : Sha256.Of(content));
}
