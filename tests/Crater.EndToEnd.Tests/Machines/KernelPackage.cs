using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Machines;

/// <summary>The newest Debian kernel for virtual machines with its modules: downloaded once, unpacked beside the other artifacts, never installed.</summary>
/// <param name="Kernel">What is booted.</param>
/// <param name="Modules">The folder of that version's modules.</param>
internal sealed record KernelPackage(string Kernel, string Modules)
{
    private const string Newest = "linux-image-cloud-amd64";

    /// <summary>Skips the test where it cannot be had.</summary>
    public static async Task<KernelPackage> GetAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/apt-get") && File.Exists("/usr/bin/dpkg-deb"), "apt-get is missing, with which a Debian kernel for a virtual machine is downloaded");
        Assert.SkipUnless(File.Exists("/usr/sbin/depmod") || File.Exists("/sbin/depmod"), "depmod (package kmod) is missing, which finds the modules that a virtual machine needs");
        var cache = Directory.CreateDirectory(Path.Combine(Checkout.Root, "artifacts", "machines")).FullName;
        using var turn = FileLock.Take(Path.Combine(cache, "lock"), Wait.Patience);
        var name = (await RunAsync(cache, "/usr/bin/apt-cache", "depends", Newest)).Out.Split('\n')
            .Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith("Depends: linux-image-", StringComparison.Ordinal))?["Depends: ".Length..];
        Assert.SkipWhen(name is null, $"the package {Newest} is not known to apt, whose kernel a virtual machine boots");
        var folder = Path.Combine(cache, name!);
        if (!Directory.Exists(folder))
        {
            await DownloadAsync(cache, name!, folder);
        }

        return new KernelPackage(Directory.GetFiles(Path.Combine(folder, "boot"), "vmlinuz-*").Single(), Directory.GetDirectories(Path.Combine(folder, "lib/modules")).Single());
    }

    /// <summary>The files of these modules and of all that they need, in the order in which they have to be loaded; what is built into the kernel has none.</summary>
    public IReadOnlyList<string> Closure(IEnumerable<string> names)
    {
        var needs = File.ReadLines(Path.Combine(Modules, "modules.dep")).Select(line => line.Split(':')).ToDictionary(parts => parts[0], parts => parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var builtIn = File.ReadLines(Path.Combine(Modules, "modules.builtin")).Select(Name).ToHashSet(StringComparer.Ordinal);
        var byName = needs.Keys.ToDictionary(Name);
        List<string> files = [];
        foreach (var name in names.Select(name => name.Replace('-', '_')).Where(name => !builtIn.Contains(name)))
        {
            Assert.True(byName.TryGetValue(name, out var file), $"This kernel has no module {name}.");

            // What a module needs stands behind it with what needs least at the end.
            files.AddRange([.. needs[file!].Reverse(), file!]);
        }

        return [.. files.Distinct().Select(file => Path.Combine(Modules, file))];
    }

    private static string Name(string file)
    {
        var name = Path.GetFileName(file);
        return name[..name.IndexOf('.', StringComparison.Ordinal)].Replace('-', '_');
    }

    private static async Task DownloadAsync(string cache, string name, string folder)
    {
        var download = await RunAsync(cache, "/usr/bin/apt-get", "download", "-q", name);
        var package = Directory.GetFiles(cache, name + "_*.deb").FirstOrDefault();
        Assert.SkipWhen(download.Code != 0 || package is null, $"the package {name} could not be downloaded, whose kernel a virtual machine boots");
        var half = folder + ".half";
        foreach (var vector in new[] { new[] { "/usr/bin/dpkg-deb", "-x", package!, half }, ["/usr/sbin/depmod", "-b", half, name["linux-image-".Length..]] })
        {
            var answer = await RunAsync(cache, vector);
            Assert.True(answer.Code == 0, answer.ToString());
        }

        File.Delete(package!);
        Directory.Move(half, folder);
    }

    private static async Task<Answer> RunAsync(string folder, params string[] vector)
    {
        using var process = CraterProcess.Start(folder, new Dictionary<string, string> { ["LC_ALL"] = "C" }, vector);
        return await process.EndAsync();
    }
}
