using System.Security.Cryptography;

namespace Crater.Lab.Api;

internal static class Uids
{
    /// <summary>A random uid of version 4, as every uid of a real cluster is.</summary>
    public static string New()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        (bytes[6], bytes[8]) = ((byte)((bytes[6] & 0x0f) | 0x40), (byte)((bytes[8] & 0x3f) | 0x80));
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
