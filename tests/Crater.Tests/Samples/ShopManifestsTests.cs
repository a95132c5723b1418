using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Crater.Tests.Samples;

public sealed partial class ShopManifestsTests
{
    [Theory]
    [InlineData("w01", "StatefulSet/orders-db", "Service/orders-db-0", "Service/orders-db-1")]
    [InlineData("w02", "Deployment/catalogue")]
    [InlineData("w03", "Deployment/carts", "PodDisruptionBudget/carts")]
    [InlineData("w04", "Deployment/orders")]
    [InlineData("w05", "Deployment/front-end")]
    [InlineData("w06", "Deployment/recommender")]
    [InlineData("w07", "Deployment/user")]
    [InlineData("w08", "Deployment/carts")]
    [InlineData("w09", "Deployment/shipping")]
    [InlineData("w10", "Deployment/orders")]
    [InlineData("w11", "Deployment/front-end")]
    [InlineData(
        "all", "StatefulSet/orders-db", "Service/orders-db-0", "Service/orders-db-1", "PodDisruptionBudget/carts", "Deployment/carts", "Deployment/catalogue", "Deployment/front-end",
        "Deployment/orders", "Deployment/recommender", "Deployment/shipping", "Deployment/user")]
    public void A_variant_differs_from_the_resilient_shop_only_in_the_objects_of_its_weakness(string variant, params string[] objects)
    {
        var resilient = ShopManifests.Read("resilient");
        var weak = ShopManifests.Read($"variants/{variant}");

        var differing = resilient.Keys.Union(weak.Keys).Where(key => resilient.GetValueOrDefault(key) != weak.GetValueOrDefault(key));

        Assert.Equal(objects.Order(StringComparer.Ordinal), differing.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Deployment/catalogue", "START_DELAY")]
    [InlineData("Deployment/carts", "podAffinity:")]
    [InlineData("Deployment/orders", "client-timeout: none")]
    [InlineData("Deployment/front-end", "retries: unlimited")]
    [InlineData("Deployment/recommender", "cache-entries-max: unlimited")]
    [InlineData("Deployment/user", "cache: hard")]
    [InlineData("Deployment/carts", "/healthz/dependencies")]
    [InlineData("Deployment/shipping", "idempotent: \"false\"")]
    [InlineData("Deployment/orders", "pool-size: \"2\"")]
    [InlineData("Deployment/front-end", "GRACEFUL_SHUTDOWN")]
    [InlineData("StatefulSet/orders-db", "replicas: 1")]
    public void The_fragile_shop_has_what_the_resilient_shop_has_not(string component, string sign)
    {
        Assert.Contains(sign, ShopManifests.Read("fragile")[component], StringComparison.Ordinal);
        Assert.DoesNotContain(sign, ShopManifests.Read("resilient")[component], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resilient")]
    [InlineData("fragile")]
    public void Every_address_is_that_of_a_service_in_the_same_file(string folder)
    {
        var objects = ShopManifests.Read(folder);
        var services = objects.Keys.Where(key => key.StartsWith("Service/", StringComparison.Ordinal))
            .Select(key => key["Service/".Length..].ToUpperInvariant().Replace('-', '_')).ToHashSet(StringComparer.Ordinal);

        var named = objects.Values.SelectMany(text => ServiceHost().Matches(text)).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, services));
    }

    [Fact]
    public void Every_component_of_the_resilient_shop_runs_twice_with_both_probes_a_memory_limit_and_a_disruption_budget()
    {
        var objects = ShopManifests.Read("resilient");
        var workloads = objects.Where(pair => pair.Key.StartsWith("Deployment/", StringComparison.Ordinal) || pair.Key.StartsWith("StatefulSet/", StringComparison.Ordinal)).ToList();

        Assert.Equal(17, workloads.Count);
        Assert.All(workloads, pair =>
        {
            Assert.Contains("replicas: 2", pair.Value, StringComparison.Ordinal);
            Assert.Contains("readinessProbe:", pair.Value, StringComparison.Ordinal);
            Assert.Contains("livenessProbe:", pair.Value, StringComparison.Ordinal);
            Assert.Contains("memory: 192Mi", pair.Value, StringComparison.Ordinal);
            Assert.Contains($"PodDisruptionBudget/{pair.Key.Split('/')[1]}", objects.Keys);
        });
    }

    [Fact]
    public void Every_weakness_of_the_answer_key_names_a_component_of_its_variant()
    {
        var key = ShopManifests.Mapping(File.ReadAllText(Path.Combine(ShopManifests.Root, "weaknesses.yaml")));
        var weaknesses = ((YamlSequenceNode)key.Children["weaknesses"]).Cast<YamlMappingNode>().ToList();

        Assert.Equal(11, weaknesses.Count);
        Assert.All(weaknesses, weakness =>
        {
            var objects = ShopManifests.Read($"variants/{weakness.Children["variant"]}");
            Assert.Contains(objects.Keys, name => name.EndsWith($"/{weakness.Children["target"]}", StringComparison.Ordinal));
        });
    }

    [GeneratedRegex(@"\$\(([A-Z0-9_]+)_SERVICE_HOST\)")]
    private static partial Regex ServiceHost();
}
