using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A disk of the test's own: a file system in a file, mounted through a loop device, with 16 MiB to read.</summary>
internal sealed class LoopDisk : IDisposable
{
    private const int MiB = 48;

    private LoopDisk(string device, string folder) => (Device, Folder) = (device, folder);

    public string Device { get; }

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>16 MiB, on the disk and not only in memory.</summary>
    public string File => Path.Combine(Folder, "file");

    public static async Task<LoopDisk> MountAsync(Playground playground)
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess && System.IO.File.Exists("/dev/loop-control"), "root or loop devices are missing, which a disk of one's own needs");
        Assert.SkipUnless(System.IO.File.Exists("/usr/sbin/losetup") && System.IO.File.Exists("/usr/bin/mount"), "losetup or mount is missing, which a disk of one's own needs");
        Assert.SkipUnless(System.IO.File.Exists("/usr/sbin/mkfs.ext4"), "mkfs.ext4 is missing (package e2fsprogs), which a disk of one's own needs");
        var image = Path.Combine(playground.Folder, "disk");
        await using (var file = System.IO.File.Create(image))
        {
            file.SetLength(MiB << 20);
        }

        var device = await RunAsync("/usr/sbin/losetup", "-f", "--show", image);
        var folder = Directory.CreateDirectory(Path.Combine(playground.Folder, "mounted")).FullName;
        await RunAsync("/usr/sbin/mkfs.ext4", "-q", device);
        await RunAsync("/usr/bin/mount", device, folder);
        var disk = new LoopDisk(device, folder);
        await using (var content = System.IO.File.Create(disk.File))
        {
            await content.WriteAsync(new byte[16 << 20]);
            content.Flush(flushToDisk: true);
        }

        return disk;
    }

    public void Dispose()
    {
        RunAsync("/usr/bin/umount", "-l", Folder).GetAwaiter().GetResult();
        RunAsync("/usr/sbin/losetup", "-d", Device).GetAwaiter().GetResult();
    }

    private static async Task<string> RunAsync(params string[] vector)
    {
        using var process = CraterProcess.Start("/", new Dictionary<string, string>(), vector);
        var answer = await process.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        return answer.Out.Trim();
    }
}
