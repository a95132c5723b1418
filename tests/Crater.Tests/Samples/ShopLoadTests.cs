using Crater.Documents;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Samples;

public sealed class ShopLoadTests
{
    [Fact]
    public void The_load_of_the_shop_is_one_that_an_experiment_can_ask_for()
    {
        var load = string.Join('\n', File.ReadLines(Path.Combine(ShopManifests.Root, "load.yaml")).Select(line => "  " + line));
        var document = $"title: t\nmethod: []\nconfiguration: {{shop_url: 'http://127.0.0.1:8080'}}\nload:\n{load}\n";

        var request = ExperimentReader.Read(document, DocumentFormat.Yaml).OrThrow().Load!;

        Assert.Equal(20, request.Rate);
        Assert.Equal(100, request.Scenarios.Sum(scenario => scenario.Weight));
        Assert.All(request.Scenarios, scenario => Assert.StartsWith("http://127.0.0.1:8080/", scenario.Url, StringComparison.Ordinal));
        Assert.Equal(3, request.Scenarios.Count(scenario => scenario is { Method: "POST", Body: not null } && scenario.Url.EndsWith("/orders", StringComparison.Ordinal)));
    }
}
