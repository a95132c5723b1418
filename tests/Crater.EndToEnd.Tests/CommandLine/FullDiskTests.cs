using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>The disk is full while the run is written down: a small file system that only this craterctl sees.</summary>
public sealed class FullDiskTests(CommandLab lab) : IClassFixture<CommandLab>
{
    private const string BankAsDeployment = "namespace: sock-shop, kind: deployment, name: bank";

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nothing_is_injected_that_could_not_be_written_down(int pagesLeft)
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        using var run = Start(desk, $"head -c {(64 - pagesLeft) * 4096} /dev/zero > .crater/fill; exec \"$0\" \"$@\"", desk.Document("deployment-scale", "replicas: 1", "5s", BankAsDeployment), "--json");
        var answer = await run.EndAsync();
        Assert.True(answer.Code == 5, answer.ToString());
        Assert.Contains(answer.ErrorCode.Length > 0 ? answer.ErrorCode : "CRT4001", (string[])["CRT4001", "CRT4004"]);
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task A_fault_in_place_is_recovered_all_the_same_and_the_outcome_says_so()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        using var run = Start(desk, "exec \"$0\" \"$@\"", desk.Document("deployment-scale", "replicas: 1", "2m", BankAsDeployment));
        await run.SaysAsync("in place:");
        Fill($"/proc/{run.Pid}/root{desk.Folder}/.crater/fill");

        var answer = await run.EndAsync();
        Assert.True(answer.Code == 5, answer.ToString());
        Assert.Contains("CRT4001", answer.Error, StringComparison.Ordinal);
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_no_success()
    {
        var desk = lab.NewDesk();
        using var full = desk.Start(new Dictionary<string, string>(), ["/bin/sh", "-c", $"exec {CraterProcess.Program} catalog --json > /dev/full"]);
        var answer = await full.EndAsync();
        Assert.Equal(5, answer.Code);
        Assert.Contains("error CRT1213", answer.Error, StringComparison.Ordinal);
    }

    private static CraterProcess Start(Desk desk, string script, params string[] arguments)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "root or unshare is missing, which a small file system of one's own needs");
        Directory.CreateDirectory(Path.Combine(desk.Folder, ".crater"));
        return desk.Start(new Dictionary<string, string>(),
            ["/usr/bin/unshare", "-m", "--propagation", "private", "/bin/sh", "-c", $"mount -t tmpfs -o size=256k none .crater && {script}", CraterProcess.Program, "run", .. arguments]);
    }

    private static void Fill(string file)
    {
        var block = new byte[4096];
        try
        {
            using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            while (true)
            {
                stream.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as it should be.
        }
    }
}
