using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Machines;

/// <summary>
/// A virtual machine with a stock Debian kernel, which has what the kernel under the tests may lack (netem, device-mapper, cgroup v2), and which may be broken in any way: nothing of it is
/// this machine. It is emulated in software, boots in some seconds, and does what it is told over a serial line. Where QEMU or the kernel cannot be had, the test is skipped and says so.
/// </summary>
internal sealed class Machine : IAsyncDisposable
{
    private const string Qemu = "/usr/bin/qemu-system-x86_64";

    /// <summary>However the tests end, no machine outlives this; it is as long as a whole class may need that shares one.</summary>
    private const string LongestSeconds = "1500";

    private static readonly TimeSpan BootPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan NudgeEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RunPatience = TimeSpan.FromSeconds(150);

    private readonly string _folder;
    private readonly string _kernel;
    private readonly MachineSetup _setup;
    private readonly StringBuilder _complaints = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Process _process;
    private Channel<string> _lines = Channel.CreateUnbounded<string>();
    private int _number;

    private Machine(string folder, string kernel, MachineSetup setup)
    {
        (_folder, _kernel, _setup) = (folder, kernel, setup);
        _process = Start();
    }

    /// <summary>What its kernel has said since the last start.</summary>
    public string Console => File.Exists(ConsoleFile) ? File.ReadAllText(ConsoleFile) : "";

    private string ConsoleFile => Path.Combine(_folder, "console");

    private string Disk => Path.Combine(_folder, "disk");

    /// <summary>Starts one, and returns when it listens.</summary>
    public static async Task<Machine> BootAsync(MachineSetup setup)
    {
        Assert.SkipUnless(File.Exists(Qemu), "qemu-system-x86_64 is missing (package qemu-system-x86), which a virtual machine needs");
        Assert.SkipUnless(File.Exists("/usr/bin/busybox"), "busybox is missing (package busybox-static), which a virtual machine needs");
        foreach (var program in setup.Programs)
        {
            Assert.SkipUnless(File.Exists(program), $"{program} is missing, which is to run in a virtual machine");
        }

        var kernel = await KernelPackage.GetAsync();
        var folder = Directory.CreateTempSubdirectory("crater-machine-").FullName;
        await MachineFiles.WriteAsync(Path.Combine(folder, "files"), kernel, setup);
        if (setup.DiskMiB > 0)
        {
            await MakeDiskAsync(Path.Combine(folder, "disk"), setup.DiskMiB);
        }

        var machine = new Machine(folder, kernel.Kernel, setup);
        try
        {
            await machine.ReadyAsync();
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs lines of shell in it and waits for their end. A program that busybox has too is called by its full path, or busybox's own is run.</summary>
    /// <param name="lines">What they leave running in the background goes on.</param>
    public async Task<Answer> RunAsync(string lines)
    {
        await _turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            var number = (++_number).ToString(CultureInfo.InvariantCulture);
            await _process.StandardInput.WriteAsync($"{number} {Convert.ToBase64String(Encoding.UTF8.GetBytes(lines))}\n");
            await _process.StandardInput.FlushAsync();
            await using var nudge = TimeProvider.System.CreateTimer(Nudge, _process, NudgeEvery, NudgeEvery);
            var parts = (await SaysAsync(line => line.StartsWith(number + " ", StringComparison.Ordinal), RunPatience, lines)).Split(' ');
            return new Answer(int.Parse(parts[1], CultureInfo.InvariantCulture), Decoded(parts[2]), Decoded(parts[3]));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>As <see cref="RunAsync"/>, and fails when the last line does not end with 0.</summary>
    /// <returns>Standard output without the end of its last line.</returns>
    public async Task<string> DoAsync(string lines)
    {
        var answer = await RunAsync(lines);
        Assert.True(answer.Code == 0, $"{lines}: {answer}");
        return answer.Out.TrimEnd('\n');
    }

    /// <summary>Takes the power away and gives it back: what was not on the disk is gone.</summary>
    public async Task ResetAsync()
    {
        End();
        _process = Start();
        await ReadyAsync();
    }

    public ValueTask DisposeAsync()
    {
        End();
        _turn.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task MakeDiskAsync(string path, int mebibytes)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/mkfs.ext4"), "mkfs.ext4 is missing (package e2fsprogs), which the disk of a virtual machine needs");
        await using (var file = File.Create(path))
        {
            file.SetLength((long)mebibytes << 20);
        }

        using var make = CraterProcess.Start("/", new Dictionary<string, string>(), ["/usr/sbin/mkfs.ext4", "-q", "-F", path]);
        var answer = await make.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
    }

    private Process Start()
    {
        // Software emulation on purpose: /dev/kvm can be there and still not run a stock kernel.
        var accelerator = Environment.GetEnvironmentVariable("CRATER_QEMU_ACCEL") is { Length: > 0 } asked ? asked : "tcg,thread=multi";
        string[] disk = _setup.DiskMiB > 0 ? ["-drive", $"file={Disk},format=raw,if=none,id=d0", "-device", "virtio-blk-pci,drive=d0"] : [];
        string[] vector =
        [
            "--signal=KILL", LongestSeconds, Qemu, "-M", "q35", "-accel", accelerator, "-cpu", "max", "-smp", "1", "-m", $"{_setup.MemoryMiB}", "-nodefaults", "-no-reboot", "-display", "none",
            "-kernel", _kernel, "-initrd", Path.Combine(_folder, "files"), "-append", "console=ttyS0 quiet panic=-1 mitigations=off",
            "-serial", $"file:{ConsoleFile}", "-chardev", "stdio,id=line,signal=off", "-serial", "chardev:line", .. disk,
        ];
        var start = new ProcessStartInfo("/usr/bin/timeout", vector) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => _complaints.AppendLine(line.Data);
        process.BeginErrorReadLine();

        // A thread of its own: a read of a pipe holds a thread of the pool until something comes, and the answers of a machine must not wait for one that is free.
        var lines = _lines = Channel.CreateUnbounded<string>();
        new Thread(() => Read(process.StandardOutput, lines.Writer)) { IsBackground = true, Name = "machine" }.Start();
        return process;
    }

    private static void Read(StreamReader from, ChannelWriter<string> to)
    {
        try
        {
            while (from.ReadLine() is { } line)
            {
                to.TryWrite(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It was ended while it was speaking.
        }

        to.Complete();
    }

    private void End()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    // An emulated serial port can sit on what it was given: seen once, a command of three words without an answer for 150 s. One more character wakes it; an empty line is answered by an empty one,
    // which nobody waits for.
    private static void Nudge(object? process)
    {
        try
        {
            ((Process)process!).StandardInput.Write('\n');
            ((Process)process).StandardInput.Flush();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended, which whoever waits for it sees.
        }
    }

    private Task<string> ReadyAsync() => SaysAsync(line => line == "READY", BootPatience, "boot");

    private async Task<string> SaysAsync(Predicate<string> isIt, TimeSpan patience, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(limit.Token))
            {
                if (isIt(line))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What it was doing is the better message, unless the answer came while nobody had time to look.
            while (_lines.Reader.TryRead(out var line))
            {
                if (isIt(line))
                {
                    return line;
                }
            }
        }

        throw new InvalidOperationException($"The virtual machine did not finish this within {patience.TotalSeconds} s, or ended: {what}\n{_complaints}\n{Pulse()}\nIts console:\n{Console}");
    }

    // Whether it is the emulator that stands still, or what is in it.
    private string Pulse()
    {
        var pool = $"threads of the pool: {ThreadPool.ThreadCount}, waiting for one: {ThreadPool.PendingWorkItemCount}, load: {File.ReadAllText("/proc/loadavg").Trim()}";
        try
        {
            return $"{pool}; its processes: {string.Join(", ", ((int[])[_process.Id, .. Children(_process.Id)]).Select(id => File.ReadAllText($"/proc/{id}/stat").Trim()))}";
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return $"{pool}; its process has ended";
        }
    }

    private static IEnumerable<int> Children(int id) => File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static string Decoded(string part) => Encoding.UTF8.GetString(Convert.FromBase64String(part[1..]));
}
