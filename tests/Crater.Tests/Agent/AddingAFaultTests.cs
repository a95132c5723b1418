using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Verbs;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>The sample of docs/adding-a-fault.md is code that is compiled and does what the page says.</summary>
public sealed class AddingAFaultTests
{
    private const string Begin = "```csharp\n";

    [Fact]
    public void The_sample_of_the_page_is_the_one_that_is_compiled()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "adding-a-fault.md"));
        var code = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests", "Crater.Tests", "Agent", "NothingAtAll.cs"));
        var from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;

        Assert.Equal(code[code.IndexOf("/// <summary>", StringComparison.Ordinal)..], page[from..page.IndexOf("```", from, StringComparison.Ordinal)]);
        Assert.Equal(page.IndexOf(Begin, StringComparison.Ordinal), page.LastIndexOf(Begin, StringComparison.Ordinal));
    }

    [Fact]
    public void It_can_be_checked_prepared_injected_and_looked_at_and_is_never_found()
    {
        using var bench = new StateBench();
        var fault = new NothingAtAll();
        var request = new FaultRequest("uid-of-the-sample", fault.Description.Name, ArgumentValues.Read(fault.Description, new Dictionary<string, string>()));

        Assert.Equal("None.", fault.Check());
        var (preparation, undo) = new Beginning(bench.State, BootClock.System, Crater.Agent.Limits.InjectionsMax).Survey(request, fault);
        Assert.Empty(preparation.Claims);
        Assert.Null(fault.Inject(request, undo));
        Assert.Equal((Presence.Absent, "held=nothing"), (fault.Look(undo), undo["before"]));
        fault.Recover(undo);
        Assert.Equal(undo["before"], fault.Fingerprint(undo));
        Assert.Contains("It cannot be noticed.", FaultText.Describe(fault.Description), StringComparison.Ordinal);
    }
}
