using System.Runtime.CompilerServices;
using Crater.Agent.Faults;
using Crater.Faults;
using Xunit;

namespace Crater.Tests.Faults;

public sealed class CatalogueTextTests
{
    [Fact]
    public void The_page_of_faults_is_what_the_catalogue_says()
    {
        // It ends with the agent's, which have a test of their own.
        var page = Page();
        var text = CatalogueText.Markdown(FaultCatalogue.All);
        var written = File.ReadAllText(page);
        var end = written.IndexOf(FaultText.IndexTitle, StringComparison.Ordinal) is >= 0 and var at ? at : written.Length;
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(page, text + written[end..]);
            return;
        }

        Assert.Equal(text, written[..end]);
    }

    [Fact]
    public void The_list_names_every_fault_once_and_again_where_it_is_another_one_on_a_host() => Assert.All(FaultCatalogue.All, fault =>
        Assert.Equal(FaultCatalogue.Variants(fault.Name).Count, CatalogueText.List(FaultCatalogue.All).Split('\n').Count(line => line.StartsWith($"  {fault.Name} ", StringComparison.Ordinal))));

    [Fact]
    public void A_description_says_every_parameter_with_its_default() =>
        Assert.Contains("jitter        How much the delay varies to both sides. (a duration such as 500ms, 2s or 1m30s (a bare number is seconds); from 0s to 60s; default 0s)",
            CatalogueText.Describe(FaultCatalogue.Find("network-delay")!), StringComparison.Ordinal);

    [Fact]
    public void The_json_has_every_field_of_a_definition()
    {
        var json = CatalogueText.Json(FaultCatalogue.All).Select(fault => fault!.AsObject()).First(fault => fault["name"]!.GetValue<string>() == "cpu-burn");
        Assert.Equal(["name", "family", "summary", "risk", "targets", "drivers", "mechanism", "ending", "fingerprint", "residueCheck", "parameters", "oneOf", "aliases", "intensity", "byHand", "undoByHand"],
            json.Select(pair => pair.Key));
    }

    private static string Page([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../docs/faults.md"));
}
