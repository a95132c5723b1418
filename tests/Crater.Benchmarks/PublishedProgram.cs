using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crater.Benchmarks;

/// <summary>The programs that users have, compiled ahead of time. What is built for tests is compiled while it runs.</summary>
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

    /// <summary>The server as it is in its image, of the sources as they are now.</summary>
    public static async Task<string> ServerAsync(string root, CancellationToken abort)
    {
        var folder = Path.Combine(root, "artifacts", "server");
        using var publish = Process.Start(new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = root,
            ArgumentList =
            {
                "publish", "src/Crater.Server", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier.Contains("arm64", StringComparison.Ordinal) ? "linux-arm64" : "linux-x64", "--self-contained",
                "-o", folder, "-v", "q", "--nologo", "-p:DebugType=none", "-p:PublishReadyToRun=true", "-p:RestorePackagesWithLockFile=false", "-p:NuGetLockFilePath=obj/publish.lock.json",
            },
        })!;
        await publish.WaitForExitAsync(abort);
        return publish.ExitCode == 0 ? Path.Combine(folder, "crater-server") : throw new FileNotFoundException("The server could not be published; see above.");
    }
}
