using System.Diagnostics;

namespace Crater.Benchmarks;

/// <summary>The craterctl that users have: one file, compiled ahead of time. What is built for tests is compiled while it runs.</summary>
internal static class PublishedProgram
{
    /// <summary>dist/craterctl, which is made first when it is missing.</summary>
    public static async Task<string> PathAsync(string root, CancellationToken abort)
    {
        var binary = Path.Combine(root, "dist", "craterctl");
        if (!File.Exists(binary))
        {
            using var publish = Process.Start(new ProcessStartInfo("bash") { ArgumentList = { Path.Combine(root, "scripts", "publish.sh") } })!;
            await publish.WaitForExitAsync(abort);
        }

        return File.Exists(binary) ? binary : throw new FileNotFoundException("There is no dist/craterctl, and scripts/publish.sh made none.");
    }
}
