using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>One fault as the proofs use it: what to inject, and how its target looks from outside.</summary>
/// <param name="Fault">Canonical name.</param>
/// <param name="Arrange">Makes the target in a playground; returns the arguments and a look at the target, which tells nothing but what was there before.</param>
internal sealed record FaultCase(string Fault, Func<Playground, (string[] Arguments, Func<string> Look)> Arrange)
{
    private static int _port = 21_000;

    public static IReadOnlyList<FaultCase> All { get; } =
    [
        new("cpu-burn", _ => (["--percent", "5", "--count", "1"], () => "")),
        new("memory-fill", _ => (["--bytes", "8MiB"], () => "")),
        new("disk-fill", playground => (["--bytes", "8MiB", "--dir", playground.Field], () => Files(playground))),
        new("port-occupy", _ =>
        {
            var port = Interlocked.Increment(ref _port);
            return (["--port", $"{port}"], () => IsFree(port) ? "free" : "taken");
        }),
        new("process-kill", playground =>
        {
            var victim = playground.StartVictim();
            return (["--pid", $"{victim.Pid}"], () => "");
        }),
        new("process-stop", playground =>
        {
            var victim = playground.StartVictim();
            return (["--pid", $"{victim.Pid}"], () => ProcessStat.Read(victim.Pid) is { IsStopped: false } ? "runs" : "stopped");
        }),
        OfFile("file-create", name => ["--path", name + ".new", "--content", "made"]),
        OfFile("file-append", name => ["--path", name, "--content", "one more line", "--count", "3"]),
        OfFile("file-modify", name => ["--path", name, "--content", "another content"]),
        OfFile("file-delete", name => ["--path", name]),
        OfFile("file-move", name => ["--src", name, "--dst", name + ".moved"]),
        OfFile("file-chmod", name => ["--path", name, "--permission", "000"]),
    ];

    public static FaultCase Of(string fault) => All.Single(known => known.Fault == fault);

    /// <summary>Every name in the playground's field, with its inode, permissions and content: taken by the test, not by craterd.</summary>
    public static string Files(Playground playground) => string.Join('\n', Directory.EnumerateFiles(playground.Field).Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetFileName(file)} {FileState.Of(file)} {File.ReadAllText(file)}"));

    private static FaultCase OfFile(string fault, Func<string, string[]> arguments) => new(fault, playground =>
    {
        var file = Path.Combine(playground.Field, "app.conf");
        File.WriteAllText(file, "first line\nsecond line\n");
        return (arguments(file), () => Files(playground));
    });

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
