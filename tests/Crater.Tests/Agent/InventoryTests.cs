using System.Security.Cryptography;
using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.Inventory;
using Crater.Agent.State;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class InventoryTests
{
    [Theory]
    [InlineData("redis-server", "redis-server", "/usr/bin/redis-server *:6379")]
    [InlineData("nginx", "nginx", "nginx: worker process")]
    [InlineData("app.py", "python3", "python3|-u|/srv/app.py|--password|hunter2")]
    [InlineData("http.server", "python3.11", "/usr/bin/python3.11|-m|http.server|8000")]
    [InlineData("shop.jar", "java", "java|-cp|/lib/a.jar|-jar|/srv/shop.jar")]
    [InlineData("prometheus-node-exporter", "prometheus-node", "/usr/bin/prometheus-node-exporter")]
    [InlineData("systemd", "systemd", "")]
    public void A_program_is_known_by_its_name_and_an_interpreter_by_what_it_runs(string expected, string name, string words) =>
        Assert.Equal(expected, ProgramName.Of(name, words.Length == 0 ? [] : words.Split('|')));

    [Theory]
    [InlineData("python3|-c|import os; password='hunter2'")]
    [InlineData("perl|-e|connect(user:hunter2@db)")]
    public void A_word_that_is_more_than_a_name_is_not_told(string words) => Assert.DoesNotContain("hunter2", ProgramName.Of("x", words.Split('|')), StringComparison.Ordinal);

    [Fact]
    public void An_inventory_holds_no_word_of_a_command_line()
    {
        using var bench = new StateBench();
        using var victim = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sleep", ["3600.250"]))!;
        try
        {
            var text = HostInventory.Read(bench.State, isWhole: true).ToJsonString();
            Assert.Contains($"\"pid\":{victim.Id},", text, StringComparison.Ordinal);
            Assert.DoesNotContain("3600.250", text, StringComparison.Ordinal);
        }
        finally
        {
            victim.Kill();
            victim.WaitForExit();
        }
    }

    [Theory]
    [InlineData("nginx.service", "0::/system.slice/nginx.service")]
    [InlineData("nginx.service", "12:pids:/x\n1:name=systemd:/system.slice/nginx.service")]
    [InlineData("app.service", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app.service")]
    [InlineData("", "0::/user.slice/session-2.scope")]
    public void The_innermost_service_of_its_cgroup_is_a_process_s_unit(string expected, string lines) => Assert.Equal(expected, SeenProcess.UnitOf(lines.Split('\n')));

    [Theory]
    [InlineData("docker", "/docker/4f0c1d2e3b5a69788796a5b4c3d2e1f04f0c1d2e3b5a69788796a5b4c3d2e1f0", false)]
    [InlineData("podman", "/|/machine.slice/libpod-4f0c1d2e3b5a69788796a5b4c3d2e1f04f0c1d2e3b5a69788796a5b4c3d2e1f0.scope/container", true)]
    [InlineData("containerd", "/kubepods/burstable/pod1/cri-containerd-4f0c1d2e3b5a69788796a5b4c3d2e1f04f0c1d2e3b5a69788796a5b4c3d2e1f0.scope", true)]
    [InlineData("", "/kubepods/burstable/pod1/4f0c1d2e3b5a69788796a5b4c3d2e1f04f0c1d2e3b5a69788796a5b4c3d2e1f0", true)]
    public void A_container_is_known_by_what_its_control_group_is_called(string runtime, string paths, bool hasOwnPids) =>
        Assert.Equal((runtime, "4f0c1d2e3b5a69788796a5b4c3d2e1f04f0c1d2e3b5a69788796a5b4c3d2e1f0"),
            SeenContainer.NameOf(paths.Split('|'), hasOwnPids) is { } name ? (name.Runtime, name.Id) : default);

    [Theory]
    [InlineData("store", "/|/store", true)]
    [InlineData(null, "/|/store", false)]
    [InlineData(null, "/|/", true)]
    [InlineData(null, "/system.slice/nginx.service", true)]
    [InlineData(null, "/user.slice/user-0.slice/session-1.scope", true)]
    public void A_container_of_a_name_that_a_person_chose_has_pids_of_its_own(string? id, string paths, bool hasOwnPids) => Assert.Equal(id, SeenContainer.NameOf(paths.Split('|'), hasOwnPids)?.Id);

    [Fact]
    public void Addresses_of_both_families_are_read_in_the_kernel_s_order()
    {
        var four = SocketTable.Parse("   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 4242 1");
        var six = SocketTable.Parse("   2: 00000000000000000000000001000000:0050 B80D0120000000000000000001000000:9C40 01 00000000:00000000 00:00000000 00000000  0 0 77 1");
        var mapped = SocketTable.Parse("   3: 0000000000000000FFFF00000200000A:0050 0000000000000000FFFF00000100000A:9C40 01 00000000:00000000 00:00000000 00000000  0 0 78 1");
        Assert.Equal(("127.0.0.1:8080", true, 4242L), (four!.Local.ToString(), four.IsListening, four.Inode));
        Assert.Equal(("[::1]:80", "[2001:db8::1]:40000", false), (six!.Local.ToString(), six.Remote.ToString(), six.IsListening));
        Assert.Equal("10.0.0.1:40000", mapped!.Remote.ToString());
        Assert.Null(SocketTable.Parse("   4: 0100007F:1F90 0100007F:9C40 06 00000000:00000000 00:00000000 00000000  0 0 0 1"));
    }

    [Fact]
    public void The_last_setting_of_a_unit_s_files_counts()
    {
        var root = Directory.CreateTempSubdirectory("crater-units-");
        try
        {
            var (own, shipped) = (root.CreateSubdirectory("etc").FullName, root.CreateSubdirectory("lib").FullName);
            File.WriteAllText(Path.Combine(shipped, "db.service"), "[Service]\nRestart=on-failure\n");
            File.WriteAllText(Path.Combine(shipped, "job@.service"), "[Service]\nType=oneshot\n");
            Assert.Equal("on-failure", UnitFile.Restart("db.service", [own, shipped]));
            Assert.Equal("no", UnitFile.Restart("job@one.service", [own, shipped]));
            Assert.Equal("", UnitFile.Restart("other.service", [own, shipped]));
            Directory.CreateDirectory(Path.Combine(own, "db.service.d"));
            File.WriteAllText(Path.Combine(own, "db.service.d", "restart.conf"), "[Service]\nRestart=always\n");
            Assert.Equal("always", UnitFile.Restart("db.service", [own, shipped]));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_craterd_keeps_its_identity_and_gets_another_one_when_its_memory_is_gone()
    {
        using var bench = new StateBench();
        var first = AgentIdentity.Of(bench.State).Id;
        Assert.Equal(first, AgentIdentity.Of(bench.State).Id);
        File.Delete(Path.Combine(bench.State.Path, "identity"));
        Assert.NotEqual(first, AgentIdentity.Of(bench.State).Id);
        File.WriteAllText(Path.Combine(bench.State.Path, "identity"), "short");
        Assert.Equal("CRT5700", Assert.Throws<Crater.Agent.AgentException>(() => AgentIdentity.Of(bench.State)).Code);
    }

    [Fact]
    public void A_digest_is_the_keyed_sha_256_of_the_text()
    {
        using var bench = new StateBench();
        var secret = RandomNumberGenerator.GetBytes(32);
        File.WriteAllText(Path.Combine(bench.State.Path, "identity"), Convert.ToHexStringLower(secret));
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(secret, "a=b"u8))[..16], AgentIdentity.Of(bench.State).Digest("a=b"));
    }

    [Fact]
    public void A_pid_that_belongs_to_another_process_by_now_is_refused()
    {
        var own = ProcessStat.Read(Environment.ProcessId)!.Value;
        FaultRequest Asked(long start) => new("uid-1", "process-stop", new Dictionary<string, string> { ["pid"] = $"{own.Pid}", ["start"] = $"{start}" });
        Assert.Equal(own.Pid, Assert.Single(ProcessPick.Find(Asked(own.StartTicks))).Pid);
        Assert.Equal("CRT5701", Assert.Throws<Crater.Agent.AgentException>(() => ProcessPick.Find(Asked(own.StartTicks - 1))).Code);
    }
}
