using Crater.Journals;
using Crater.Runs;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class KernelSizeTests
{
    [Fact]
    public void The_kernel_stays_under_150_lines() =>
        Assert.InRange(File.ReadLines(RepositoryRoot.File("src", "Crater", "Runs", "GuardedRunner.cs")).Count(), 1, 149);

    [Fact]
    public void The_newest_injection_is_recovered_first()
    {
        OutstandingInjection[] outstanding = [.. new[] { 2, 3, 1 }.Select(sequence => new OutstandingInjection(Some.Injection(sequence), Some.Preparation()))];

        Assert.Equal([3, 2, 1], Rollback.Order(outstanding).Select(one => one.Injection.Sequence));
    }
}
