using System.Globalization;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A process of the test's own that does over and over what a fault may keep it from, and writes down how it went: what a fault does, told by the one that it is done to.</summary>
internal sealed class Witness
{
    private const string Python = "/usr/bin/python3";

    private const string Text = """
        import mmap, os, sys, time
        status = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
        disk = os.open(sys.argv[2], os.O_RDONLY | os.O_DIRECT) if len(sys.argv) > 2 else -1
        block = mmap.mmap(-1, 65536)
        rounds = read = at = 0
        def outcome(act):
            try:
                act()
                return 0
            except OSError as error:
                return error.errno
        def fork():
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
        while True:
            opens = outcome(lambda: os.close(os.open("/dev/null", os.O_RDONLY)))
            forks = outcome(fork)
            if disk >= 0:
                read += os.preadv(disk, [block], at)
                at = (at + 65536) % (16 << 20)
            rounds += 1
            line = f"{rounds} {opens} {forks} {read} {time.time():.6f} {time.monotonic():.6f}\n"
            os.pwrite(status, line.ljust(200).encode(), 0)
            if disk < 0:
                time.sleep(0.01)
        """;

    private readonly string _status;

    private Witness(ProcessIdentity process, string status) => (Process, _status) = (process, status);

    /// <summary>Nobody in particular where the fault itself starts it.</summary>
    public ProcessIdentity Process { get; }

    /// <summary>How often it has gone round.</summary>
    public long Rounds => (long)Field(0);

    /// <summary>0, or the error number with which opening a file was refused last.</summary>
    public int Opens => (int)Field(1);

    /// <summary>0, or the error number with which starting a process was refused last.</summary>
    public int Forks => (int)Field(2);

    /// <summary>Bytes read from its disk.</summary>
    public long BytesRead => (long)Field(3);

    /// <summary>What it takes for the time, in seconds since 1970.</summary>
    public double Time => Field(4);

    /// <summary>What the clock that nobody sets tells it, in seconds.</summary>
    public double Monotonic => Field(5);

    /// <param name="disk">A file of at least 16 MiB that it reads past the page cache; empty for none.</param>
    public static async Task<Witness> StartAsync(Playground playground, string disk = "")
    {
        var (vector, status) = await WriteAsync(playground);
        var process = playground.StartVictim([.. vector, .. disk.Length > 0 ? [disk] : Array.Empty<string>()]);
        var witness = new Witness(process, status);
        await Wait.UntilAsync(() => witness.Rounds > 2, "the witness goes round");
        return witness;
    }

    /// <summary>One that a fault starts: the program and its arguments, and what it will have written down.</summary>
    public static async Task<(string Program, Witness Witness)> PlanAsync(Playground playground)
    {
        var (vector, status) = await WriteAsync(playground);
        return (string.Join(' ', vector), new Witness(default, status));
    }

    private static async Task<(string[] Vector, string Status)> WriteAsync(Playground playground)
    {
        Assert.SkipUnless(File.Exists(Python), "python3 is missing, in which the witness is written");
        var script = Path.Combine(playground.Folder, "witness.py");
        await File.WriteAllTextAsync(script, Text);
        var status = Path.Combine(playground.Folder, Path.GetRandomFileName());
        return ([Python, script, status], status);
    }

    /// <summary>Returns when it has gone round at least once from beginning to end since now.</summary>
    public async Task GoesRoundAsync()
    {
        var before = Rounds;
        await Wait.UntilAsync(() => Rounds > before + 1, "the witness goes round");
    }

    private double Field(int index) =>
        File.Exists(_status) && File.ReadAllText(_status).Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 5 } fields ? double.Parse(fields[index], CultureInfo.InvariantCulture) : 0;
}
