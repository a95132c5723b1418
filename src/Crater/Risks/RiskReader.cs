using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Documents;
using Crater.Faults;

namespace Crater.Risks;

/// <summary>Reads one file of the risk catalogue. A risk with an error is left out; every error is named.</summary>
internal sealed class RiskReader(RiskFile file, ICollection<Problem> problems)
{
    private static readonly string[] Keys =
    [
        "id", "title", "failure-mode", "when", "fault", "hypothesis", "guards", "recovery-time", "ending", "test-risk", "weight",
        "impact", "prevention", "emergency", "sources",
    ];

    public IEnumerable<(Risk Risk, int Line, int Column)> Read()
    {
        var document = DocumentReader.Read(file.Text, DocumentFormat.Yaml);
        foreach (var problem in document.Problems)
        {
            problems.Add(problem with { Path = $"{file.Name}: {problem.Path}".TrimEnd(' ', ':') });
        }

        if (document.Root is null)
        {
            return [];
        }

        var top = new RiskFields(document.Root, file.Name, problems);
        top.OnlyKeys("kind", "risks");
        var kind = top.Text("kind");
        var risks = top.Maps("risks").Select(fields => (Risk: One(kind, fields), fields.Line, fields.Column)).ToArray();
        return risks.Where(read => read.Risk is not null).Select(read => (read.Risk!, read.Line, read.Column));
    }

    private Risk? One(string kind, RiskFields fields)
    {
        var before = problems.Count;
        fields.OnlyKeys(Keys);
        var when = fields.Map("when");
        when.OnlyKeys("rules", "tiers", "replicas-min");
        var hypothesis = fields.Map("hypothesis");
        hypothesis.OnlyKeys("title", "probes");
        var fault = fields.Map("fault");
        var risk = new Risk
        {
            Id = fields.Text("id"),
            Kind = kind,
            Title = fields.Text("title"),
            FailureMode = fields.Text("failure-mode"),
            Evidence = Rules(when),
            Tiers = [.. when.Texts("tiers").Select(text => when.Enum<Tier>("tiers", text))],
            ReplicasMin = (int)when.Number("replicas-min", 1, 100, otherwise: 1),
            Fault = new RiskFaultReader(fault, problems).Read(),
            Hypothesis = hypothesis.Text("title"),
            Probes = [.. hypothesis.Maps("probes").Select(RiskConditions.Probe)],
            Guards = [.. fields.Maps("guards").Select(RiskConditions.Guard)],
            RecoveryTime = fields.Duration("recovery-time"),
            Ending = fields.Enum<Ending>("ending", fields.Text("ending")),
            TestRisk = (int)fields.Number("test-risk", 1, 5),
            Weight = fields.Number("weight", 0.01, 3, otherwise: 1),
            Impact = fields.Text("impact"),
            Prevention = fields.Texts("prevention", required: true),
            Emergency = fields.Texts("emergency", required: true),
            Sources = fields.Texts("sources", required: true),
        };
        return problems.Skip(before).Any(problem => !problem.IsWarning) ? null : risk;
    }

    private static IReadOnlyList<string> Rules(RiskFields when)
    {
        var rules = when.Texts("rules");
        foreach (var unknown in rules.Where(id => RuleBook.Find(id) is null))
        {
            when.Say("rules", "CRT9207", $"There is no rule {unknown}. The rules are named WK-…, see docs/risks.md.");
        }

        return rules;
    }
}
