using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd inject FAULT [--flags]</c>: checks what was asked, starts a keeper, and returns when the fault is in place.</summary>
internal static class InjectVerb
{
    private static readonly IReadOnlyList<Option> Common =
    [
        new("timeout", 't'), new("uid"), new("creator"), new("lease"), new("json", IsFlag: true),
        new("container", 'c') { Aliases = ["container-id"] }, new("container-runtime", 'r'), new("pid"), new("cgroup"),
        new("log-level"), new("log-path"), new("trace-id"),
    ];

    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var (fault, rest) = Named(arguments);
        var description = fault.Description;
        IReadOnlyList<Option> own = [.. description.Parameters.Select(parameter =>
            new Option(parameter.Name, parameter.Short, parameter.Type == ParameterType.Flag) { Aliases = parameter.Aliases })];
        var line = CommandLine.Read($"inject {description.Name}", rest, [.. own, .. Beside(own)]);
        RefuseWords(line, description.Name);
        var uid = Chosen(line);
        // Its keeper and its guardian start while the rest is looked at. Where that ends in a refusal, they find nobody there, and end.
        using var keeper = KeptPair.Start(uid, []);
        var place = Place(line, own);
        var asked = new Asked(
            new FaultRequest(uid, description.Name, ArgumentValues.Read(description, line.Values, place.Count > 0)) { Place = PlaceSearch.Find(place) },
            line.Has("creator") ? line["creator"] : CurrentUser.Name,
            Span(line["timeout"], "timeout", Limits.TimeoutDefault),
            Span(line["lease"], "lease", TimeSpan.Zero));
        _ = fault.Check();
        _ = surroundings.State;
        keeper.Send(asked.ToMessage());
        var answer = Hear(asked, keeper);
        Tell(answer, asked, line.Flag("json"), surroundings.Out);
        return ExitCodes.Done;
    }

    /// <summary>The fault by one word or by ChaosMeta's two.</summary>
    internal static (HostFault Fault, IReadOnlyList<string> Remaining) Named(IReadOnlyList<string> arguments)
    {
        var words = arguments.TakeWhile(argument => !argument.StartsWith('-')).Take(2).ToList();
        if (words.Count == 2 && HostFaults.Find($"{words[0]}-{words[1]}") is { } two)
        {
            return (two, [.. arguments.Skip(2)]);
        }

        return words.Count > 0 && HostFaults.Find(words[0]) is { } one
            ? (one, [.. arguments.Skip(1)])
            : throw new AgentException("CRT5501", ExitCodes.Usage, words.Count == 0
                ? "A fault is missing after the verb. 'craterd catalog' lists all there are."
                : $"There is no fault {string.Join(' ', words)} here. 'craterd catalog' lists all there are.");
    }

    /// <summary>Starts a keeper, and returns when the fault is in place.</summary>
    /// <exception cref="AgentException">It is not, with the reason.</exception>
    internal static Dictionary<string, string> Ask(Asked asked)
    {
        using var keeper = KeptPair.Start(asked.Request.Uid, []);
        keeper.Send(asked.ToMessage());
        return Hear(asked, keeper);
    }

    /// <summary>Waits until the keeper that was asked has put it on.</summary>
    /// <exception cref="AgentException">It has not, with the reason.</exception>
    internal static Dictionary<string, string> Hear(Asked asked, Channel keeper)
    {
        Steps.Reached("asked");
        var answer = keeper.Receive(Limits.InjectBudget) ?? throw new AgentException("CRT5542", ExitCodes.NotInjected,
            $"The keeper of {asked.Request.Uid} ended without an answer, or gave none within {Limits.InjectBudget.TotalSeconds} s. What it began is recovered by its guardian; 'craterd recover {asked.Request.Uid}' proves it.");
        Steps.Reached("answered");
        return answer["result"] == "injected" ? answer
            : throw new AgentException(answer["code"], int.Parse(answer["exit"], CultureInfo.InvariantCulture), answer["message"]);
    }

    private static void Tell(Dictionary<string, string> answer, Asked asked, bool isJson, TextWriter output)
    {
        if (isJson)
        {
            output.WriteLine(new JsonObject
            {
                ["uid"] = asked.Request.Uid,
                ["fault"] = asked.Request.Fault,
                ["arguments"] = asked.Request.Words,
                ["status"] = "injected",
                ["mechanism"] = answer["mechanism"],
                ["timeoutMs"] = (long)asked.Timeout.TotalMilliseconds,
                ["leaseMs"] = (long)asked.Lease.TotalMilliseconds,
            }.ToJsonString());
            return;
        }

        output.WriteLine($"uid: {asked.Request.Uid}");
        output.WriteLine($"{asked.Request.Fault} is in place ({asked.Request.Words}): {answer["mechanism"]}");
        output.WriteLine($"It ends by itself in {asked.Timeout}{(asked.Lease > TimeSpan.Zero ? $", or {asked.Lease} after its last renewal" : "")}; sooner with: craterd recover {asked.Request.Uid}");
    }

    private static string Chosen(CommandLine line) => line.Has("uid") ? Checked(line["uid"]) : Uid.New();

    /// <exception cref="AgentException">CRT5509: it is no uid.</exception>
    internal static string Checked(string uid) => Uid.IsValid(uid) ? uid : throw new AgentException("CRT5509", ExitCodes.Usage,
        $"'{uid}' is no uid; write {Uid.LengthMin} to {Uid.LengthMax} letters, digits, dashes or underscores.");

    /// <summary>How long a fault or its lease may last.</summary>
    /// <exception cref="AgentException">CRT5510: it is no duration, not above zero, or too long.</exception>
    internal static TimeSpan Span(string text, string option, TimeSpan missing)
    {
        if (text.Length == 0)
        {
            return missing;
        }

        return ArgumentValues.Duration(text, bare: 1_000) is { } milliseconds && milliseconds > 0 && milliseconds <= Limits.TimeoutMax.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new AgentException("CRT5510", ExitCodes.Usage, $"'{text}' is no --{option}; write a duration such as 30s or 10m, above zero and at most {Limits.TimeoutMax.TotalHours:0} h. Every fault has an end.");
    }

    private static void RefuseWords(CommandLine line, string fault)
    {
        if (line.Words.Count > 0)
        {
            throw new AgentException("CRT5511", ExitCodes.Usage, $"'{line.Words[0]}' after inject {fault} belongs to no option.");
        }
    }

    // A fault's own name or letter comes first: --pid of process-kill is the process to hit and no place, -c of cpu-burn counts cores.
    private static IEnumerable<Option> Beside(IReadOnlyList<Option> own) => Common.Where(option => !own.Any(other => other.Is(option.Name)))
        .Select(option => own.Any(other => other.Short == option.Short) ? option with { Short = '\0' } : option);

    private static Dictionary<string, string> Place(CommandLine line, IReadOnlyList<Option> own)
    {
        // By hand: what is generic over pairs is compiled at every start.
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (var (name, value) in line.Values)
        {
            if (!own.Any(option => option.Is(name)))
            {
                values[name] = value;
            }
        }

        return values;
    }
}
