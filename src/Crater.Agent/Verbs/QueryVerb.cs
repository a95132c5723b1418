using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Agent.State;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd query</c>: what was injected on this host, newest first, by filters.</summary>
internal static class QueryVerb
{
    private const int LimitDefault = 10;

    private static readonly IReadOnlyList<Option> Options =
    [
        new("uid", 'u'), new("status", 's'), new("target", 't'), new("fault", 'f'), new("creator", 'c'), new("offset", 'o'), new("limit", 'l'),
        new("all", 'a', IsFlag: true), new("format"), new("json", IsFlag: true), new("log-level"), new("log-path"), new("trace-id"),
    ];

    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("query", arguments, Options);
        var found = surroundings.State.All().Select(Read).Where(record => Matches(record, line))
            .OrderByDescending(record => record.CreatedAt, StringComparer.Ordinal).ToList();
        var shown = found.Skip(Number(line, "offset", 0)).Take(Number(line, "limit", LimitDefault)).ToList();
        if (line.Flag("json") || line["format"] == "json")
        {
            surroundings.Out.WriteLine(new JsonObject { ["total"] = found.Count, ["experiments"] = new JsonArray([.. shown.Select(Json)]) }.ToJsonString());
        }
        else
        {
            TextTable.Write(surroundings.Out, Columns(line.Flag("all")), [.. shown.Select(record => Row(record, line.Flag("all")))]);
            surroundings.Out.WriteLine($"{shown.Count} of {found.Count}");
        }

        return ExitCodes.Done;
    }

    /// <summary>Never an exception: what cannot be read is shown as such.</summary>
    internal static InjectionRecord Read(InjectionFolder folder)
    {
        try
        {
            return folder.Read();
        }
        catch (DamagedStateException damage)
        {
            // Shown and not hidden: somebody has to recover it.
            return new InjectionRecord
            {
                Uid = folder.Uid,
                Events = [JournalEvent.Of(EventKinds.Intent, ("fault", "unreadable"), ("arguments", damage.Message)), JournalEvent.Of(EventKinds.Certificate, ("clean", "false"))],
            };
        }
    }

    private static bool Matches(InjectionRecord record, CommandLine line) =>
        Is(line, "uid", record.Uid) && Is(line, "status", Status(record)) && Is(line, "creator", record.Creator)
        && (!line.Has("fault") || record.Fault == line["fault"] || record.Fault.EndsWith("-" + line["fault"], StringComparison.Ordinal))
        && (!line.Has("target") || record.Fault.StartsWith(line["target"] + "-", StringComparison.Ordinal));

    private static bool Is(CommandLine line, string option, string value) => !line.Has(option) || line[option] == value;

    private static int Number(CommandLine line, string option, int missing) => !line.Has(option) ? missing
        : int.TryParse(line[option], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new AgentException("CRT5506", ExitCodes.Usage, $"'{line[option]}' is no value of --{option}; write a whole number.");

    private static string Status(InjectionRecord record) => record.Status.ToString().ToLowerInvariant();

    private static IReadOnlyList<string> Columns(bool isAll) =>
        isAll ? ["UID", "STATUS", "FAULT", "ARGS", "CREATOR", "ERROR", "CREATED", "UPDATED", "HIT"] : ["UID", "STATUS", "FAULT", "ARGS", "HIT"];

    private static IReadOnlyList<string> Row(InjectionRecord record, bool isAll) => isAll
        ? [record.Uid, Status(record), record.Fault, record.Arguments, record.Creator, record.Error, record.CreatedAt, record.UpdatedAt, record.Tally?.Brief ?? ""]
        : [record.Uid, Status(record), record.Fault, record.Arguments, record.Tally?.Brief ?? ""];

    private static JsonNode Json(InjectionRecord record)
    {
        var told = Fields(record);
        if (record.Tally is { } tally)
        {
            (told["seen"], told["hit"]) = (tally.Seen, tally.Hit);
        }

        return told;
    }

    private static JsonObject Fields(InjectionRecord record) => new()
    {
        ["uid"] = record.Uid,
        ["status"] = Status(record),
        ["fault"] = record.Fault,
        ["args"] = record.Arguments,
        ["creator"] = record.Creator,
        ["mechanism"] = record.Mechanism,
        ["before"] = record.Before,
        ["keeper"] = record.Keeper?.Pid,
        ["guardian"] = record.Guardian?.Pid,
        ["error"] = record.Error,
        ["evidence"] = record.Certificate?["evidence"] ?? "",
        ["lookWith"] = record.Certificate?["look"] ?? "",
        ["createTime"] = record.CreatedAt,
        ["updateTime"] = record.UpdatedAt,
    };
}
