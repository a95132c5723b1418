using System.Security.Cryptography;

namespace Crater.Cli.Composition;

/// <summary>
/// Names and seeds that nobody else draws. On Linux from the kernel itself: to load the system's cryptography for sixteen bytes takes longer than to read a
/// document. Keys and tokens are not drawn here.
/// </summary>
internal static class Chance
{
    public static Guid Id()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        return new Guid(bytes);
    }

    /// <summary>At least 0.</summary>
    public static int Seed()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BitConverter.ToInt32(bytes) & int.MaxValue;
    }

    private static void Fill(Span<byte> bytes)
    {
        const string Kernel = "/dev/urandom";
        if (OperatingSystem.IsLinux() && File.Exists(Kernel))
        {
            using var source = File.OpenHandle(Kernel);
            if (RandomAccess.Read(source, bytes, 0) == bytes.Length)
            {
                return;
            }
        }

        RandomNumberGenerator.Fill(bytes);
    }
}
