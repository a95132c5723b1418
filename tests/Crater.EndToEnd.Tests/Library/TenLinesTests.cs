using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Library;

public sealed class TenLinesTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task Ten_lines_of_code_discover_suggest_break_put_back_and_write_up()
    {
        var folder = Path.Combine(lab.Home, "library");

        var outcome = await TenLines.RunAsync(lab.Kubeconfig, lab.BankUrl, folder, TestContext.Current.CancellationToken);

        Assert.True(outcome.IsClean);
        Assert.NotEmpty(outcome.Reasons);
        Assert.True(File.Exists(Path.Combine(folder, "reports", "latest.md")));
    }
}
