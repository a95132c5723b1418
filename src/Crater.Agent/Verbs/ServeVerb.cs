using System.Runtime.InteropServices;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Serving;
using Crater.Agent.State;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd serve</c>: the same over HTTP, until it is asked to end. The faults stay: their keepers are processes of their own.</summary>
internal static class ServeVerb
{
    private static readonly IReadOnlyList<Option> Options = [new("socket"), new("recover-at-end", IsFlag: true), .. Address.Options];

    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("serve", arguments, Options);
        Steps.Role = "serve";
        var address = Address.Of(line);
        var state = surroundings.State;
        using var only = FileLock.Take(Path.Combine(state.Path, "serve.lock"), TimeSpan.Zero)
            ?? throw new AgentException("CRT5660", ExitCodes.Taken, $"Another craterd serves {state.Path} already. End that one, or set CRATERD_STATE to another folder.");
        var socket = line.Has("socket") ? Path.GetFullPath(line["socket"]) : Path.Combine(state.Path, "craterd.sock");
        if (Directory.Exists(Path.Combine(state.Path, Rehearsal.FolderName)))
        {
            Directory.Delete(Path.Combine(state.Path, Rehearsal.FolderName), recursive: true);
        }

        using var host = new ServedHost(state, surroundings.Clock, surroundings.InjectionsMax) { IsSweeping = true };
        using var audit = new AuditLog(Path.Combine(state.Path, "audit"));
        using var listener = new Listener(socket, address);
        // What a call waits for is the kernel, not the processor; with a thread for each core alone a slow recovery would hold up the others.
        _ = ThreadPool.SetMinThreads(Limits.CallThreads, 2);
        listener.Start(new ApiServer(new Routes(host), new Entrance(address.Token), audit, host.Metrics));
        // Whoever hears that it serves may ask it to end.
        using var asked = new ManualResetEventSlim();
        Action<PosixSignalContext> end = context =>
        {
            context.Cancel = true;
            asked.Set();
        };
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, end);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, end);
        var served = $"craterd serves {string.Join(" and ", listener.Addresses.Select(where => Shown(where, address)))}";
        surroundings.Out.WriteLine(served);
        using var manager = new ServiceManager(surroundings.Variable);
        manager.Ready(served);
        Work(host, address.Token, asked, surroundings.Out);
        manager.Stopping();
        listener.Stop();
        return line.Flag("recover-at-end") ? RecoverAll(host, surroundings.Out) : ExitCodes.Done;
    }

    /// <summary>In a pod the keepers end with it, killed: what can still be taken off in good order is taken off before.</summary>
    private static int RecoverAll(ServedHost host, TextWriter output)
    {
        var open = new Sweep(host.State, host.Clock).Open().ToList();
        open.ForEach(folder => Recovery.LetGo(folder));
        var left = open.Select(folder => RecoverCalls.One(host, folder.Uid)).Count(result => !(bool)result["clean"]!);
        output.WriteLine($"Asked to end: {open.Count} injections taken off, {left} of them not clean.");
        return left == 0 ? ExitCodes.Done : ExitCodes.Residue;
    }

    private static string Shown(string served, Address address) => served.Contains("unix:", StringComparison.Ordinal) ? served[served.IndexOf("unix:", StringComparison.Ordinal)..]
        : $"{(address.Tls is null ? served : served.Replace("http:", "https:", StringComparison.Ordinal))} ({(address.Token is null ? "client certificates" : address.Tls is { AsksForCertificates: true } ? "client certificates and token" : "token")})";

    private static void Work(ServedHost host, TokenFile? token, ManualResetEventSlim asked, TextWriter output)
    {
        host.Tidy();
        string? complaint = null;
        for (var isFirst = true; isFirst || !asked.Wait(Limits.SweepPause); isFirst = false)
        {
            host.Rest();
            if (token?.Complaint() is var now && now != complaint)
            {
                output.WriteLine(now is null ? "The token file can be used again." : $"Nobody is let in over TCP by a token. {now}");
                complaint = now;
            }

            try
            {
                foreach (var (uid, why, outcome) in host.Sweep(isFirst))
                {
                    output.WriteLine($"{uid}: {(outcome.IsClean ? "clean" : $"RESIDUE: {outcome.Evidence}; look with: {outcome.LookWith}")} ({why})");
                }
            }
            catch (Exception e) when (e is AgentException or HostException or IOException or UnauthorizedAccessException or DamagedStateException)
            {
                output.WriteLine($"The sweep was cut short, and comes again in {Limits.SweepPause.TotalSeconds} s: {e.Message}");
            }
        }
    }
}
