using Crater.Drivers;
using Crater.Journals;
using Crater.Runs;
using Crater.Tests.Runs.Documents;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class RecoverySweepTests
{
    [Fact]
    public async Task A_run_whose_folder_cannot_be_read_keeps_no_other_run_from_being_recovered()
    {
        var swept = await new RecoverySweep(new Closed(), new RunRecovery(new Closed(), [], TimeProvider.System, "me@here")).RunAsync();

        Assert.Equal([("chaos-0000aaaa", false), ("chaos-0000bbbb", true)], swept.Select(one => (one.Run.Value, one.Problem is null)));
        Assert.Equal("CRT4020", swept[0].Problem!.Code);
        Assert.False(Assert.Single(swept, one => one.Outcome is not null).Outcome!.IsClean);
    }

    /// <summary>Two open runs, of which the first is another user's.</summary>
    private sealed class Closed : IJournals
    {
        public IReadOnlyList<RunId> OpenRuns() => [new("chaos-0000aaaa"), new("chaos-0000bbbb")];

        public IJournal Open(RunId run)
        {
            if (run.Value == "chaos-0000aaaa")
            {
                throw new UnauthorizedAccessException("Access to the path is denied.");
            }

            var journal = new MemoryJournal(TimeProvider.System);
            journal.Append(Some.Planned(Some.Injection()));
            journal.Append(new InjectionIntended(Some.Injection(), Some.Preparation(), "lab"));
            return journal;
        }

        public IDisposable? TryHold(RunId run) => new MemoryStream();
    }
}
