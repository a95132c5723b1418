using Crater.Experiments;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Tests.Architecture;
using Crater.Tests.Experiments;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class EngineTextTests
{
    public static TheoryData<string, string> Ready => new(
        from engine in (string[])["litmus", "chaos-mesh"]
        from folder in Directory.GetDirectories(Path.Combine(RepositoryRoot.Path, "library", engine))
        select (engine, Path.GetFileName(folder)));

    [Theory]
    [InlineData("litmus")]
    [InlineData("mesh")]
    public void The_page_has_what_the_drivers_tell(string which)
    {
        var path = Path.Combine(RepositoryRoot.Path, "docs", "other-engines.md");
        var page = File.ReadAllText(path);
        var begin = $"<!-- {which} -->\n";
        var end = $"<!-- end of {which} -->";
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, page.IndexOf(end, StringComparison.Ordinal));
        IReadOnlyList<EngineFault> faults = which == "litmus" ? LitmusFaults.All : MeshFaults.All;
        var meant = $"{page[..from]}{EngineText.Table(faults, which == "litmus" ? "Litmus" : "Chaos Mesh")}\n{EngineText.Unseen(faults)}{page[to..]}";
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, meant);
            return;
        }

        Assert.Equal(meant, page);
    }

    [Theory]
    [MemberData(nameof(Ready))]
    public void A_ready_experiment_for_an_engine_asks_for_it_and_for_nothing_that_it_cannot_say(string engine, string name)
    {
        var experiment = ExperimentReader.ReadFile(Path.Combine(RepositoryRoot.Path, "library", engine, name, "experiment.yaml"), ReaderTesting.Options).OrThrow();
        Assert.Equal(engine, experiment.Driver);
        var fault = experiment.Method.Select(activity => activity.Provider).OfType<FaultProvider>().Single().Fault;
        Assert.Equal([], (engine == "litmus"
            ? LitmusFaults.Find(fault.Name)!.TrySay(fault, engine).Problems.Concat(LitmusProbes.Check(fault))
            : MeshFaults.Find(fault.Name)!.TrySay(fault, engine).Problems).Select(problem => problem.ToString()));
    }
}
