using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.Agent;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Machines;

/// <summary>
/// What a virtual machine has in its first file system: busybox, the programs that were asked for with their libraries, and craterd exactly as the other tests run it, with
/// as much of the shared .NET runtime as it refers to. So nothing is published for it, and the named steps at which a test can hold craterd are there too. It starts several times
/// faster where scripts/ahead.sh has compiled it.
/// </summary>
internal static class MachineFiles
{
    private const string Runtime = "/usr/share/dotnet";

    /// <summary>Of the runtime's own programs; the others are for debuggers.</summary>
    private static readonly string[] Native = ["libcoreclr.so", "libclrjit.so", "libhostpolicy.so", "libSystem.Native.so", "libSystem.IO.Compression.Native.so", "libSystem.Security.Cryptography.Native.OpenSsl.so", "libSystem.Net.Security.Native.so"];

    public static async Task WriteAsync(string path, KernelPackage kernel, MachineSetup setup)
    {
        await using var file = File.Create(path);
        var archive = new FileArchive(file);
        foreach (var folder in (string[])["/proc", "/sys", "/dev", "/tmp", "/run", "/var/lib", "/disk", "/etc"])
        {
            archive.MakeFolder(folder);
        }

        archive.Copy("/usr/bin/busybox", "/bin/busybox");
        archive.Write("/init", Start(setup), isProgram: true);
        var number = 0;
        foreach (var module in kernel.Closure(setup.AllModules))
        {
            archive.Copy(module, $"/modules/{number++:000}-{Path.GetFileName(module)}");
        }

        List<string> programs = [.. setup.Programs];
        if (setup.HasAgent)
        {
            programs.AddRange(CopyAgent(archive));
        }

        foreach (var (at, from) in setup.Files)
        {
            archive.Copy(from, at);
        }

        setup.Programs.ToList().ForEach(archive.Copy);
        foreach (var library in await LibrariesAsync(programs))
        {
            archive.Copy(library);
        }

        archive.Finish();
    }

    /// <summary>Copies craterd and its runtime.</summary>
    /// <returns>What of it needs libraries of the system.</returns>
    private static List<string> CopyAgent(FileArchive archive)
    {
        foreach (var name in new[] { "craterd", "craterd.dll", "craterd.runtimeconfig.json" })
        {
            archive.Copy(Path.Combine(AppContext.BaseDirectory, name), "/usr/bin/" + name);
        }

        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var version = new DirectoryInfo(runtime).Name;
        List<string> native = [.. Native.Select(name => Path.Combine(runtime, name)), Path.Combine(Program, "host/fxr", version, "libhostfxr.so")];
        var frameworks = Frameworks().Select(name => Path.Combine(Program, "shared", name, version)).ToList();

        // Without its list a folder is no framework; entries of it that are not there are passed over.
        var lists = frameworks.SelectMany(framework => Directory.GetFiles(framework, "*.json"));
        foreach (var path in native.Concat(lists).Concat(Assemblies(frameworks)))
        {
            archive.Copy(path, Runtime + "/" + Path.GetRelativePath(Program, path));
        }

        // Sums of files are made by OpenSSL, which is looked for when the first is made.
        var sums = new[] { "libssl.so.3", "libcrypto.so.3" }.Select(name => Path.Combine("/usr/lib/x86_64-linux-gnu", name)).Where(File.Exists).ToList();
        sums.ForEach(archive.Copy);
        return [.. native.Where(path => !path.Contains("Net.Security", StringComparison.Ordinal)), .. sums, Path.Combine(AppContext.BaseDirectory, "craterd")];
    }

    /// <summary>The folder of the .NET installation: shared/NAME/VERSION lies in it.</summary>
    private static string Program => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    /// <summary>Names of the shared frameworks that craterd runs on.</summary>
    private static IEnumerable<string> Frameworks()
    {
        var options = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "craterd.runtimeconfig.json")))!["runtimeOptions"]!;
        return options["frameworks"] is JsonArray several ? several.Select(one => (string)one!["name"]!).Append("Microsoft.NETCore.App").Distinct() : ["Microsoft.NETCore.App", (string)options["framework"]!["name"]!];
    }

    /// <summary>The assemblies of the frameworks that craterd refers to, and those that these refer to.</summary>
    private static IEnumerable<string> Assemblies(List<string> frameworks)
    {
        var known = frameworks.SelectMany(framework => Directory.GetFiles(framework, "*.dll")).DistinctBy(Path.GetFileName).ToDictionary(path => Path.GetFileNameWithoutExtension(path)!);
        HashSet<string> found = ["System.Private.CoreLib", "System.Runtime"];
        Queue<string> open = new([Path.Combine(AppContext.BaseDirectory, "craterd.dll"), .. found.Select(name => known[name])]);
        while (open.TryDequeue(out var path))
        {
            using var assembly = new PEReader(File.OpenRead(path));
            var metadata = assembly.GetMetadataReader();
            foreach (var name in metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)))
            {
                if (known.TryGetValue(name, out var file) && found.Add(name))
                {
                    open.Enqueue(file);
                }
            }
        }

        return found.Select(name => known[name]);
    }

    private static async Task<IEnumerable<string>> LibrariesAsync(List<string> programs)
    {
        using var process = CraterProcess.Start("/", new Dictionary<string, string>(), ["/usr/bin/ldd", .. programs]);
        var answer = await process.EndAsync();

        // "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)", or "/lib64/ld-linux-x86-64.so.2 (0x…)"
        return answer.Out.Split('\n').Select(line => line.Trim().Split(' ').FirstOrDefault(word => word.StartsWith('/') && !word.EndsWith(':'))).OfType<string>().Distinct();
    }

    /// <summary>
    /// The first program of the machine: mounts what everyone expects, loads the modules, and then does what it is told, line by line, on its second serial port. When something takes a minute,
    /// what every process waits for is said on the console, once: what never ends can be seen from inside alone.
    /// </summary>
    private static string Start(MachineSetup setup) => $$"""
        #!/bin/busybox sh
        /bin/busybox mkdir -p /sbin /usr/sbin /usr/bin
        /bin/busybox --install -s /bin
        export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ DOTNET_ROOT={{Runtime}} DOTNET_TieredCompilation=1
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs dev /dev
        mount -t tmpfs tmp /tmp
        mount -t cgroup2 cgroup /sys/fs/cgroup
        for module in /modules/*; do insmod "$module"; done
        ip link set lo up
        [ ! -b /dev/vda ] || mount -t ext4 /dev/vda /disk
        {{setup.AtStart}}
        mkfifo /run/tick
        (
          last= ticks=0
          while :; do
            read -r -t 10 nothing <>/run/tick
            number=
            read -r number </run/number
            [ -n "$number" ] && [ "$number" = "$last" ] && ticks=$((ticks + 1)) || ticks=0
            last=$number
            [ "$ticks" = 6 ] || continue
            echo "$number has taken a minute; its lines, what it said, and all processes that are no thread of the kernel:"
            cat /run/line /run/out /run/error
            for one in /proc/[0-9]*; do
              [ -n "$(cat "$one/cmdline")" ] || continue
              echo "$one $(tr '\0' ' ' <"$one/cmdline") $(grep State "$one/status") $(cat "$one/cgroup")"
              cat "$one"/task/*/stack
            done
            echo w >/proc/sysrq-trigger
          done
        ) >/dev/console 2>/dev/null &
        exec </dev/ttyS1 >/dev/ttyS1 2>/dev/console
        stty raw -echo
        echo READY
        while read -r number line; do
          echo "$line" | base64 -d >/run/line
          echo "$number" >/run/number
          sh /run/line </dev/null >/run/out 2>/run/error
          code=$?
          echo >/run/number
          echo "$number $code o$(base64 -w0 </run/out) e$(base64 -w0 </run/error)"
        done

        """;
}
