using System.Runtime.CompilerServices;
using Crater.Agent.Faults;
using Crater.Faults;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class AgentCatalogueTests
{
    [Fact]
    public void The_page_of_the_agents_faults_is_what_its_catalogue_says()
    {
        var text = FaultText.Markdown(HostFaults.All.Select(fault => fault.Description));
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Page(), text);
        }

        Assert.Equal(text, File.ReadAllText(Page()));
    }

    [Fact]
    public void The_page_of_all_faults_ends_with_those_of_the_agent()
    {
        var page = Path.Combine(Path.GetDirectoryName(Page())!, "faults.md");
        var text = FaultText.Index(HostFaults.All.Select(fault => fault.Description));
        var written = File.ReadAllText(page);
        var start = written.IndexOf(FaultText.IndexTitle, StringComparison.Ordinal) is >= 0 and var at ? at : written.Length;
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(page, written[..start] + text);
            return;
        }

        Assert.Equal(text, written[start..]);
    }

    [Theory]
    [InlineData("network-delay")]
    [InlineData("network-reorder")]
    [InlineData("dns-fail")]
    [InlineData("http-delay")]
    public void The_guardian_does_not_wait_for_the_deadline_when_packets_or_requests_wait_for_a_stopped_keeper(string fault) =>
        Assert.True(HostFaults.Find(fault)!.IsOnTheWay);

    [Fact]
    public void No_two_faults_go_by_one_name()
    {
        var names = HostFaults.All.SelectMany(fault => fault.Description.Aliases.Append(fault.Description.Name)).ToList();

        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void No_two_options_of_a_fault_have_one_letter_or_one_that_every_inject_has() => Assert.All(HostFaults.All, fault =>
    {
        var letters = fault.Description.Parameters.Select(parameter => parameter.Short).Where(letter => letter != '\0').Append('t').ToList();
        Assert.Equal(letters.Distinct(), letters);
    });

    private static string Page([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../docs/agent-faults.md"));
}
