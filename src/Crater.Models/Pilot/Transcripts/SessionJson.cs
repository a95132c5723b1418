using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Targets;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>The first record of a session: what it was told to do and may do, so that it can be played again.</summary>
internal static class SessionJson
{
    public static JsonObject Write(PilotSetup setup, IEnumerable<(string Name, string Hash)> prompts, string digest) => new()
    {
        ["format"] = Transcript.Format,
        ["mind"] = setup.Mind?.Name ?? "rules",
        ["objective"] = setup.Options.Objective.Text,
        ["approval"] = setup.Options.Approval.ToString(),
        ["riskMax"] = setup.Options.RiskMax,
        ["riskUnattendedMax"] = setup.Options.RiskUnattendedMax,
        ["faultMax"] = Durations.Text(setup.Options.FaultMax),
        ["coolDown"] = Durations.Text(setup.Options.CoolDown),
        ["usersMax"] = setup.Options.UsersMax,
        ["namespaces"] = List(setup.Options.Namespaces),
        ["routes"] = List(setup.Options.Routes.Select(route => route.OriginalString)),
        ["availability"] = setup.Options.AvailabilityRoute?.OriginalString ?? "",
        ["anonymise"] = setup.Options.Anonymise,
        ["advice"] = new JsonObject
        {
            ["count"] = setup.Advice.Count,
            ["namespace"] = setup.Advice.Namespace,
            ["drivers"] = List(setup.Advice.Drivers),
            ["entryUrl"] = setup.Advice.EntryUrl,
            ["duration"] = setup.Advice.Duration is { } duration ? Durations.Text(duration) : "",
            ["history"] = new JsonArray([.. setup.Advice.History.Select(run => (JsonNode?)new JsonObject
            {
                ["component"] = run.Component, ["fault"] = run.Fault, ["verdict"] = run.Verdict, ["ageSeconds"] = Math.Round(run.Age.TotalSeconds),
            })]),
        },
        ["budget"] = new JsonObject { ["faults"] = Durations.Text(setup.Spending.Budget.Faults), ["experiments"] = setup.Spending.Budget.Experiments },
        ["prompts"] = new JsonObject(prompts.Select(prompt => KeyValuePair.Create(prompt.Name, (JsonNode?)prompt.Hash))),
        ["digest"] = digest,
    };

    public static PilotOptions Options(JsonObject session) => new()
    {
        Objective = Objective.Read(Text(session, "objective")),
        Approval = Enum.Parse<Approval>(Text(session, "approval")),
        RiskMax = Whole(session, "riskMax"),
        RiskUnattendedMax = Whole(session, "riskUnattendedMax"),
        FaultMax = Durations.Parse(Text(session, "faultMax")),
        CoolDown = Durations.Parse(Text(session, "coolDown")),
        UsersMax = Whole(session, "usersMax"),
        Namespaces = Texts(session, "namespaces"),
        Routes = [.. Texts(session, "routes").Select(route => new Uri(route))],
        AvailabilityRoute = Text(session, "availability") is { Length: > 0 } route ? new Uri(route) : null,
        Anonymise = session["anonymise"]!.GetValue<bool>(),
    };

    public static AdviceOptions Advice(JsonObject session)
    {
        var advice = (JsonObject)session["advice"]!;
        return new AdviceOptions
        {
            Count = Whole(advice, "count"),
            Namespace = Text(advice, "namespace"),
            Drivers = Texts(advice, "drivers"),
            EntryUrl = Text(advice, "entryUrl"),
            Duration = Text(advice, "duration") is { Length: > 0 } duration ? Durations.Parse(duration) : null,
            History = [.. advice["history"]!.AsArray().Select(run => new PastRun(Text(run!, "component"), Text(run!, "fault"), Text(run!, "verdict"), TimeSpan.FromSeconds(run!["ageSeconds"]!.GetValue<double>())))],
        };
    }

    /// <summary>Only what the loop itself counts: what a model may use up is in its answers, and a replay has all the time.</summary>
    public static Budget Budget(JsonObject session) =>
        new() { Faults = Durations.Parse(Text(session["budget"]!, "faults")), Experiments = Whole(session["budget"]!, "experiments"), Time = TimeSpan.FromDays(1) };

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)JsonValue.Create(text))]);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static int Whole(JsonNode node, string name) => int.Parse(node[name]!.ToJsonString(), CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> Texts(JsonNode node, string name) => [.. node[name]!.AsArray().Select(text => text!.GetValue<string>())];
}
