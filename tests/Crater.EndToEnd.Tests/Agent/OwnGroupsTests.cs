using System.Security.Cryptography;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// craterd where an unprivileged container has it: in a control group namespace of its own, with the host's pids in view. The "host" is a pid namespace that the test makes, so that process 1 is
/// the test's; the groups are made by the test in real hierarchies of both versions.
/// </summary>
public sealed class OwnGroupsTests : IDisposable
{
    /// <summary>Process 1 of the "host": makes a container, then asks craterd from another container to freeze it and to let it go on.</summary>
    private const string Host = """
        export CRATERD_STATE=$STATE
        unshare --mount sleep 60 & victim=$!
        for one in freezer unified; do
          mkdir -p /sys/fs/cgroup/$one/$TOP/pods/$ID /sys/fs/cgroup/$one/$TOP/agent
          echo $victim > /sys/fs/cgroup/$one/$TOP/pods/$ID/cgroup.procs
        done
        agent() { sh -c 'for one in freezer unified; do echo $$ > /sys/fs/cgroup/$one/$TOP/agent/cgroup.procs; done; exec unshare --cgroup --mount sh -c "$MOUNTS; exec \"\$@\"" sh "$@"' sh "$@"; }
        state() { echo "$1: $(cat /sys/fs/cgroup/freezer/$TOP/pods/$ID/freezer.state) $(cat /sys/fs/cgroup/unified/$TOP/pods/$ID/cgroup.freeze)"; }
        echo "seen from the agent: $(agent grep :freezer: /proc/$victim/cgroup)"
        agent $CRATERD inject container-pause --container $ID --uid own-group -t 60s --lease 60s
        state injected
        agent $CRATERD recover own-group
        state recovered
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("crater-groups-").FullName;
    private readonly string _top = $"crater-test-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    public void Dispose()
    {
        foreach (var hierarchy in (string[])["freezer", "unified"])
        {
            var top = $"/sys/fs/cgroup/{hierarchy}/{_top}";
            foreach (var group in Directory.Exists(top) ? Directory.GetDirectories(top, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(top) : [])
            {
                Directory.Delete(group);
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("true", "injected: FROZEN 0")]
    [InlineData("umount /sys/fs/cgroup/freezer; umount /sys/fs/cgroup/unified; mount -t cgroup -o freezer none /sys/fs/cgroup/freezer; mount -t cgroup2 none /sys/fs/cgroup/unified", "injected: FROZEN 0")]
    public async Task A_container_elsewhere_is_found_and_frozen_from_a_control_group_namespace_of_its_own(string mounts, string injected)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root is missing, which namespaces and control groups need");
        Assert.SkipUnless(Directory.Exists("/sys/fs/cgroup/freezer") && Directory.Exists("/sys/fs/cgroup/unified"), "control groups of both versions are missing");
        Dictionary<string, string> environment = new()
        {
            ["STATE"] = _folder,
            ["TOP"] = _top,
            ["ID"] = RandomNumberGenerator.GetHexString(64, lowercase: true),
            ["CRATERD"] = Playground.Program,
            ["MOUNTS"] = mounts,
        };
        using var host = CraterProcess.Start(_folder, environment, ["/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c", Host]);

        var answer = await host.EndAsync();

        Assert.Contains("seen from the agent: 6:freezer:/../pods/", answer.Out.Replace("7:freezer", "6:freezer", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.True(answer.Out.Contains(injected, StringComparison.Ordinal), answer.ToString());
        Assert.True(answer.Out.Contains("recovered: THAWED 0", StringComparison.Ordinal), answer.ToString());
    }
}
