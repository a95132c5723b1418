using System.Reflection;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent;

/// <summary>The command line: one file a verb, and every way out of a verb is an exit code.</summary>
internal static class CraterD
{
    private const string Help = """
        craterd puts faults on this host and proves that they are gone.

          craterd inject FAULT [--flags] [--container ID | --pid PID | --cgroup PATH] [-t 10m] [--uid UID] [--creator NAME]
                         [--lease 15s] [--json]
          craterd recover UID | --all [--json]
          craterd renew UID [--lease 15s]
          craterd query [-u UID] [-s STATUS] [-f FAULT] [-c CREATOR] [-o OFFSET] [-l LIMIT] [-a] [--json]
          craterd catalog [FAULT] [--json]       what there is
          craterd check [FAULT]                  what this host can do, and how
          craterd calibrate [FAULT] [--json]     what each fault really does here, measured: asked, got, error
          craterd residue [--fix] [--json]       what is left on this host, of craterd and of others
          craterd inventory [--json]             what runs on this host and who calls whom
          craterd serve [--socket PATH] [--recover-at-end] [--listen ADDRESS:PORT [--token-file FILE] [--certificate FILE --key FILE [--client-ca FILE]]]
          craterd version

        ChaosMeta's two words for a fault (cpu burn) and its short flags are understood as well.
        """;

    public static int Run(string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("CRT5500: craterd works on Linux only, since it works with the kernel directly.");
            return ExitCodes.Host;
        }

        Places.HostGroups.Enter(arguments);
        // The bare streams, without the console around them that would look at the terminal first: a verb starts in milliseconds.
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        using var error = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
        var surroundings = new Surroundings(output, error, Environment.GetEnvironmentVariable, BootClock.System);
        try
        {
            return Verb(arguments, surroundings);
        }
        catch (AgentException e)
        {
            error.WriteLine($"{e.Code}: {e.Message}");
            return e.Exit;
        }
        catch (DamagedStateException e)
        {
            error.WriteLine($"CRT5527: {e.Message} Nothing was decided by it. 'craterd recover --all' takes off what it belongs to and sets it aside.");
            return ExitCodes.Residue;
        }
        catch (Exception e) when (e is HostException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"CRT5532: The file system said no: {e.Message}");
            return ExitCodes.Host;
        }
    }

    private static int Verb(string[] arguments, Surroundings surroundings)
    {
        IReadOnlyList<string> rest = [.. arguments.Skip(1)];
        switch (arguments.FirstOrDefault() ?? "help")
        {
            case "inject": return InjectVerb.Run(rest, surroundings);
            case "recover": return RecoverVerb.Run(rest, surroundings);
            case "renew": return RenewVerb.Run(rest, surroundings);
            case "query": return QueryVerb.Run(rest, surroundings);
            case "catalog": return CatalogVerb.Run(rest, surroundings);
            case "check": return CheckVerb.Run(rest, surroundings);
            case "calibrate": return CalibrateVerb.Run(rest, surroundings);
            case "residue": return ResidueVerb.Run(rest, surroundings);
            case "inventory": return InventoryVerb.Run(rest, surroundings);
            case "serve": return ServeVerb.Run(rest, surroundings);
            case "version" or "--version":
                surroundings.Out.WriteLine(typeof(CraterD).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]);
                return ExitCodes.Done;
            case "help" or "--help" or "-h":
                surroundings.Out.WriteLine(Help);
                return ExitCodes.Done;
            case KeptPair.KeeperRole when rest is [var uid]: return Keep(surroundings, uid);
            case GuardianLink.Role when rest.Count == 2 && ProcessIdentity.Parse(rest[1]) is { } identity: return Guard(surroundings, rest[0], identity);
            case Bearer.Verb when rest.Count == 2 && ProcessIdentity.Parse(rest[1]) is { } keeper: return Bear(keeper);
            case Faults.MemoryEater.Role when rest.Count == 0: return WithAsker(Faults.MemoryEater.Run);
            case Faults.SkewedProgram.Role when rest.Count == 0: return WithAsker(Faults.SkewedProgram.Run);
            case Calibration.Victim.Role when rest.Count == 0: return WithAsker(Calibration.Victim.Run);
            case var verb:
                throw new AgentException("CRT5514", ExitCodes.Usage, $"There is no verb {verb}. 'craterd help' lists all there are.");
        }
    }

    // Started by craterd itself, never by a person: what they are handed is a socket.
    private static int Keep(Surroundings surroundings, string uid)
    {
        Steps.Role = "keeper";
        using var asker = Channel.OfThisProcess();
        using var watch = new Watch();
        Steps.Reached("begun");
        return new Keeper(surroundings.State, surroundings.Clock, asker, watch).Run(surroundings.InjectionsMax, uid);
    }

    private static int Bear(ProcessIdentity identity)
    {
        Steps.Role = "bearer";
        using var keeper = Channel.OfThisProcess();
        using var watch = new Watch();
        return Bearer.Run(identity, keeper, watch);
    }

    private static int WithAsker(Func<Channel, int> role)
    {
        using var asker = Channel.OfThisProcess();
        return role(asker);
    }

    private static int Guard(Surroundings surroundings, string uid, ProcessIdentity identity)
    {
        Steps.Role = "guardian";
        using var keeper = Channel.OfThisProcess();
        using var watch = new Watch();
        return new Guardian(surroundings.State, surroundings.Clock, keeper, watch).Run(uid, identity);
    }
}
