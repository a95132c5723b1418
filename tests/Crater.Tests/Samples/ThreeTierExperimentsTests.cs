using Crater.Experiments;
using Crater.Tests.Architecture;
using Crater.Tests.Experiments;
using Xunit;

namespace Crater.Tests.Samples;

public sealed class ThreeTierExperimentsTests
{
    [Theory]
    [InlineData("api-killed")]
    [InlineData("database-killed")]
    [InlineData("database-unreachable")]
    public void Every_experiment_of_the_three_tiers_is_one(string name) =>
        ExperimentReader.ReadFile(RepositoryRoot.File("samples", "three-tier", "experiments", name + ".yaml"), ReaderTesting.Options).OrThrow();
}
